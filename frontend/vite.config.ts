/// <reference types="vitest/config" />
import { defineConfig } from "vite";

// The build lands where Django's static files are found; django-vite reads the manifest.
export default defineConfig({
  base: "/static/build/",
  build: {
    outDir: "../src/anlan/web/static/build",
    emptyOutDir: true,
    manifest: true,
    target: "es2022",
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      input: {
        shell: "src/shell.ts",
        board: "src/board/main.ts",
        coverage: "src/coverage/main.ts",
        siting: "src/coverage/siting.ts",
        study: "src/coverage/study.ts",
        cases: "src/cases/main.ts",
        follow: "src/follow/main.ts",
        round: "src/hazards/round.ts",
        forget: "src/hazards/forget.ts",
      },
    },
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
