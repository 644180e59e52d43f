/** The board's middle: what is known, what is looked at, and everything a person can do. */

import { language, t } from "../words";
import { AdviceWatch } from "./advice";
import { TownClock } from "./clock";
import type {
  Beat,
  Board,
  BoardPage,
  Change,
  Incident,
  IncidentType,
  OpenedText,
  Post,
  Status,
  Unit,
  UnitKind,
} from "./contract";
import { CoverWatch, moveWords, stateName, type Proposal } from "./cover";
import { Desk, newClientKey, Outbox, Refusal, Unreachable, type Unsent, type Write } from "./desk";
import { Keep } from "./keep";
import { PreplanWatch } from "./preplans";
import { connection, LiveFeed, type Connection, type LiveMessage } from "./live";
import { Sounder } from "./sound";
import { applyChange, applyOwn, applyOwnUnit, fromBoard, isOpen, isWaiting, type Known } from "./state";
import type { Theme } from "./symbols";
import { mostPressing } from "./timers";
import { isField } from "./drawing";
import { emptyDraft, firstUi, hasDraft, typedSince, type Draft, type Notice, type Ui } from "./ui";

const NOTICE_MS = 9000;
const DRAFT_SAVE_MS = 400;
const BOARD_OLD_MS = 60_000;
const RETRY_MS = [1000, 2000, 4000, 8000];

export class App {
  known: Known | null = null;
  clock: TownClock | null = null;
  types = new Map<string, IncidentType>();
  statuses = new Map<string, Status>();
  kinds = new Map<string, UnitKind>();
  readonly ui: Ui = firstUi();
  readonly desk: Desk;
  readonly outbox: Outbox;
  readonly keep: Keep;
  readonly sounder = new Sounder();
  readonly cover: CoverWatch;
  readonly preplans: PreplanWatch;
  readonly advice: AdviceWatch;
  /** the sentence in place of a board that can't be read */
  trouble: string | null = null;
  signedOut = false;
  /** a change took the field away in which one typed: letters are no keys until Esc, a click or Tab */
  fieldGone = false;
  onBoard: () => void = () => undefined;

  private readonly feed: LiveFeed;
  private lastHeardMs: number | null = null;
  private boardReadMs = Date.now();
  /** what came while the board is read, in its order: it is laid over the answer */
  private meanwhile: ((known: Known) => Known)[] | null = null;
  private readAgain = false;
  private draw = 0;
  private draftTimer: ReturnType<typeof setTimeout> | undefined;
  private noticeId = 0;
  private readonly inFlight = new Map<string, { text: string; done: Promise<void> }>();
  private readonly overdueTold = new Set<string>();

  constructor(
    readonly page: BoardPage,
    private readonly render: (app: App) => void,
  ) {
    this.desk = new Desk(page.town, page.csrf, () => {
      this.signedOut = true;
      this.changed();
    });
    this.keep = new Keep(`anlan:${page.town}:`, page.draft_key);
    this.cover = new CoverWatch({
      get: (path) => this.desk.get(path),
      changed: () => this.changed(),
      worse: (service) => this.say(`${t("Cover now")}${t(": ")}${service.label}, ${stateName(service.state)}`),
    });
    this.preplans = new PreplanWatch({
      get: (path) => this.desk.get(path),
      selected: () => this.incident(this.ui.incident),
      changed: () => this.changed(),
    });
    this.advice = new AdviceWatch({
      get: (path) => this.desk.get(path),
      selected: () => this.incident(this.ui.incident),
      townMs: () => this.townMs(),
      sentence: (error) => sentenceOf(error),
      changed: () => this.changed(),
      gone: () => this.say(t("Choose a plan: the one chosen before is proposed no longer.")),
    });
    this.feed = new LiveFeed({
      town: page.town,
      lastId: () => this.known?.eventId ?? 0,
      hear: (message) => this.hear(message),
    });
    this.outbox = new Outbox({
      post: (path, body) => this.desk.post(path, body),
      changed: (unsent) => this.unsentChanged(unsent),
      late: (write, answer) => this.cameLate(write, answer),
      refused: (write, refusal) => this.tell("refused", `${write.label}${t(": ")}${refusal.sentence}`),
      wait: (tries) => new Promise((go) => setTimeout(go, RETRY_MS[Math.min(tries, 4) - 1] ?? 8000)),
    });
    this.ui.shortcuts = localStorage.getItem("anlan:shortcuts") !== "off";
  }

  async start(): Promise<void> {
    this.changed();
    const draft = await this.keep.load<Draft>("draft");
    if (draft) this.ui.draft = { ...emptyDraft(), ...draft };
    const unsent = await this.keep.load<Unsent[]>("unsent");
    await this.readBoard();
    this.feed.start();
    if (unsent?.length) this.outbox.restore(unsent);
    const tick = this.known && this.known.board.town.clock.speed > 1 ? 250 : 500;
    setInterval(() => this.tick(), tick);
  }

  // --- what is known -----------------------------------------------------------------------

  get theme(): Theme {
    const chosen = document.documentElement.dataset["theme"];
    if (chosen === "dark" || chosen === "light") return chosen;
    return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }

  get connection(): Connection {
    return connection(this.lastHeardMs, Date.now());
  }

  townMs(): number {
    return this.clock?.townMs(Date.now()) ?? Date.now();
  }

  incident(id: number | null): Incident | null {
    return (id !== null && this.known?.incidents.get(id)) || null;
  }

  unit(ident: string | null): Unit | null {
    return (ident !== null && this.known?.units.get(ident)) || null;
  }

  post(ref: string | null | undefined): Post | null {
    return this.known?.board.posts.find((one) => `${one.kind} ${one.ident}` === ref) ?? null;
  }

  /** whether one may send units; the server decides all the same */
  get mayDispatch(): boolean {
    const roles = this.known?.board.me.roles ?? [];
    return roles.includes("dispatcher") || roles.includes("duty_officer");
  }

  /** where a party's request is taken out of an incident; null where it can't become a mediation */
  mediationWay(row: Incident): string | null {
    const known = this.page.mediation;
    return known?.types.includes(row.type) ? `${known.way}?incident=${row.id}` : null;
  }

  typeLabel(code: string): string {
    return this.types.get(code)?.label ?? code;
  }

  /**
   * This will read the whole board; what arrives meanwhile is laid over it. Asked for while it is
   * read it is read once more: the answer under way may be of before.
   */
  async readBoard(): Promise<void> {
    if (this.meanwhile) {
      this.readAgain = true;
      return;
    }
    this.meanwhile = [];
    try {
      const board = await this.desk.get<Board>("board");
      this.take(board);
      this.trouble = null;
      this.signedOut = false;
    } catch (error) {
      this.boardFailed(error);
    } finally {
      this.meanwhile = null;
      this.changed();
    }
    if (!this.readAgain) return;
    this.readAgain = false;
    await this.readBoard();
  }

  private take(board: Board): void {
    this.boardReadMs = Date.now();
    this.clock = new TownClock(board.town.clock, board.town.server_now, Date.now());
    this.types = new Map(board.types.map((row) => [row.code, row]));
    this.statuses = new Map(board.statuses.map((row) => [row.code, row]));
    this.kinds = new Map(board.unit_kinds.map((row) => [row.code, row]));
    let known = fromBoard(board);
    for (const lay of this.meanwhile ?? []) known = lay(known);
    // The first time only: later an incident would come under keys that were meant for none.
    if (!this.known && this.ui.unsent.length === 0)
      this.ui.incident ??= [...known.incidents.values()].find(isWaiting)?.id ?? null;
    this.know(known);
    this.onBoard();
    this.cover.ask(0);
    this.advice.want();
  }

  private know(known: Known): void {
    this.known = known;
    this.advice.look();
    this.preplans.look();
  }

  private boardFailed(error: unknown): void {
    if (error instanceof Refusal) {
      this.trouble = error.sentence;
    } else if (error instanceof Unreachable) {
      if (!this.known) this.trouble = t("The server can't be reached. Trying again…");
      setTimeout(() => void this.readBoard(), 2000);
    } else throw error;
  }

  private hear(message: LiveMessage): void {
    const silent = this.connection.state === "lost";
    if (message.kind === "reload") {
      void this.readBoard();
      return;
    }
    this.lastHeardMs = Date.now();
    if (silent) {
      this.say(t("Connected again.")); // first: a new call that comes with it is said over it
      void this.preplans.ask();
    }
    if (message.kind === "beat") this.beat(message.data);
    else this.change(message.data);
  }

  private beat(beat: Beat): void {
    if (this.clock && !this.clock.follow(beat, Date.now())) void this.readBoard();
    this.changed();
  }

  private change(change: Change): void {
    this.meanwhile?.push((known) => applyChange(known, change));
    if (!this.known) return;
    const before = this.known;
    const known = applyChange(before, change);
    if (known === before) return;
    this.know(known);
    for (const row of change.incidents) if (!before.incidents.has(row.id)) this.newCall(row);
    this.advice.touched(change);
    this.cover.touched(change, before.units);
    this.changed();
  }

  /** Hours of units and closures end by the clock alone, without a change that the stream could tell. */
  private readAgainWhenOld(): void {
    if (Date.now() - this.boardReadMs < BOARD_OLD_MS || document.hidden) return;
    this.boardReadMs = Date.now();
    void this.readBoard();
  }

  private newCall(row: Incident): void {
    if (!isOpen(row)) return;
    this.say(`${t("New call")}${t(": ")}${this.typeLabel(row.type)}, ${row.street}`);
    this.sounder.newCall();
  }

  private tick(): void {
    try {
      this.watchOverdue();
      this.readAgainWhenOld();
      if (this.known) this.cover.tick(Date.now());
    } finally {
      this.changed(); // the clocks go on, whatever failed
    }
  }

  private watchOverdue(): void {
    const now = this.townMs();
    let fresh = false;
    for (const row of this.known?.incidents.values() ?? []) {
      if (!isWaiting(row)) continue;
      const pressing = mostPressing(row, now);
      const key = `${row.id}:${pressing?.code}`;
      if (pressing?.state !== "overdue" || this.overdueTold.has(key)) continue;
      this.overdueTold.add(key);
      this.say(t("Overdue: incident {number} waits for a crew.", { number: row.number }));
      fresh = true;
    }
    if (fresh) this.sounder.overdue();
  }

  // --- drawing -----------------------------------------------------------------------------

  /** This will draw soon, once for any number of changes. */
  changed(): void {
    if (this.draw) return;
    this.draw = requestAnimationFrame(() => {
      this.draw = 0;
      const held = document.activeElement;
      this.render(this);
      if (isField(held) && !held.isConnected) this.fieldWent();
    });
  }

  /** Nobody asked for it: the letters that are still typed would each be taken for a key. */
  private fieldWent(): void {
    if (!this.ui.shortcuts) return;
    this.fieldGone = true;
    this.tell("warning", t("The field you typed in is gone. Letters work as keys again after Esc or a click."));
  }

  /** One's own act takes the field away: letters are keys at once. */
  private leaveField(): void {
    const held = document.activeElement;
    if (isField(held)) held.blur();
  }

  /** This will draw at once and put the focus there: a key typed in the next frame must not go astray. */
  focusOn(selector: string): void {
    cancelAnimationFrame(this.draw);
    this.draw = 0;
    this.render(this);
    document.querySelector<HTMLElement>(selector)?.focus();
  }

  set(part: Partial<Ui>): void {
    Object.assign(this.ui, part);
    this.changed();
  }

  say(text: string): void {
    const region = document.getElementById("say");
    if (region) region.textContent = text;
  }

  tell(kind: Notice["kind"], text: string): void {
    const notice = { id: (this.noticeId += 1), kind, text };
    this.set({ notices: [...this.ui.notices, notice].slice(-3) });
    if (kind !== "refused") setTimeout(() => this.dismiss(notice.id), NOTICE_MS);
  }

  dismiss(id: number): void {
    this.set({ notices: this.ui.notices.filter((notice) => notice.id !== id) });
  }

  // --- looking -----------------------------------------------------------------------------

  selectIncident(id: number | null, tab = true): void {
    // What was found when one looked last is old: its plan must not be sent by the next key.
    if (id !== this.ui.incident && id !== null) this.advice.forget(id);
    this.set({ incident: id, side: "incident", ending: null, retyping: null, also: "" });
    if (tab && id !== null) this.set({ tab: "detail" });
    this.advice.want();
    void this.preplans.ask();
  }

  selectUnit(ident: string | null): void {
    this.set({ unit: this.ui.unit === ident ? null : ident });
  }

  // --- writing -----------------------------------------------------------------------------

  /**
   * This will send a write, keep it if the server is away, and tell what became of it. The same
   * write pressed twice is sent once; another one to the same address waits for the one before.
   */
  async write<T>(path: string, body: Record<string, unknown>, label: string): Promise<T | "kept" | null> {
    const text = JSON.stringify(body);
    const before = this.inFlight.get(path);
    if (before?.text === text) return null;
    const done = (before?.done ?? Promise.resolve()).then(() => this.send<T>(path, body, label));
    const mine = { text, done: done.then(() => undefined, () => undefined) };
    this.inFlight.set(path, mine);
    this.set({ sending: new Set(this.inFlight.keys()) });
    try {
      return await done;
    } finally {
      if (this.inFlight.get(path) === mine) this.inFlight.delete(path);
      this.set({ sending: new Set(this.inFlight.keys()) });
    }
  }

  private async send<T>(path: string, body: Record<string, unknown>, label: string): Promise<T | "kept" | null> {
    try {
      const write: Write = { path, body, label, client_key: newClientKey() };
      const answer = (await this.outbox.send(write)) as T | "kept";
      if (answer === "kept") this.tell("kept", t("{what}: kept, and sent as soon as the server answers.", { what: label }));
      else this.takeAnswer(answer);
      return answer;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.tell("refused", error.sentence);
      return null;
    }
  }

  private takeAnswer(answer: unknown): void {
    const row = answer as Partial<Incident & Unit> | null;
    for (const warning of row?.warnings ?? []) this.tell("warning", warning);
    if (row && typeof row.id === "number" && typeof row.version === "number")
      this.lay((known) => applyOwn(known, row as Incident));
    else if (row && typeof row.ident === "string" && typeof row.status === "string")
      this.lay((known) => applyOwnUnit(known, row as Unit));
    this.changed();
  }

  private lay(own: (known: Known) => Known): void {
    this.meanwhile?.push(own);
    if (this.known) this.know(own(this.known));
  }

  private cameLate(write: Write, answer: unknown): void {
    this.takeAnswer(answer);
    this.tell("done", t("{what}: sent.", { what: write.label }));
    const { side, incident } = this.ui; // whoever takes the next call meanwhile goes on with it
    if (write.path === "incidents" && side === "incident" && incident === null)
      this.selectIncident((answer as Incident).id);
  }

  private unsentChanged(unsent: readonly Unsent[]): void {
    this.set({ unsent: unsent.map(({ label, tries }) => ({ label, tries })) });
    void (unsent.length ? this.keep.save("unsent", unsent) : this.keep.forget("unsent"));
  }

  editDraft(part: Partial<Draft>): void {
    this.ui.draft = { ...this.ui.draft, ...part };
    this.set({ complaint: null });
    clearTimeout(this.draftTimer);
    this.draftTimer = setTimeout(() => {
      const { draft } = this.ui;
      void (hasDraft(draft) ? this.keep.save("draft", draft) : this.keep.forget("draft"));
    }, DRAFT_SAVE_MS);
  }

  /** This will take the call of the draft: a place and a type are enough. */
  async createCall(): Promise<void> {
    const { draft } = this.ui;
    if (this.ui.sending.has("incidents")) return; // with a word more it would be a second call
    if (!draft.type) return this.set({ complaint: { field: "type", text: t("Choose a type from the list.") } });
    if (draft.lon === null || draft.lat === null)
      return this.set({ complaint: { field: "place", text: t("Click the map, choose a street, or type LON,LAT.") } });
    const body = {
      type: draft.type,
      lon: draft.lon,
      lat: draft.lat,
      words: draft.words,
      caller_name: draft.callerName,
      caller_number: draft.callerNumber,
      place_text: draft.placeText,
    };
    const label = `${t("New call")}${t(": ")}${this.typeLabel(draft.type)}`;
    const answer = await this.write<Incident>("incidents", body, label);
    if (answer !== null) this.callTaken(answer, typedSince(draft, this.ui.draft), label);
  }

  /** What was typed since the call was sent goes on as a note; whoever went elsewhere stays there. */
  private callTaken(answer: Incident | "kept", since: string, label: string): void {
    const stayed = this.ui.side === "intake";
    const typing = stayed && document.activeElement?.closest(".intake") !== null;
    this.editDraft(answer === "kept" ? { ...emptyDraft(), words: since } : emptyDraft());
    if (answer === "kept") {
      // It is no incident yet: another's must not stand there with its Dispatch button.
      if (!stayed || since) return;
      this.leaveField();
      return this.selectIncident(null);
    }
    if (since) this.setNote(answer.id, since);
    if (!stayed) return this.tell("done", t("{what}: sent.", { what: label }));
    if (!since) this.leaveField();
    this.selectIncident(answer.id);
    if (since && typing) this.focusOn("#note");
  }

  /** This will send units; `typed` is what they were typed as, to be cleared once they are sent. */
  async dispatch(units: readonly string[], typed = ""): Promise<void> {
    const row = this.incident(this.ui.incident);
    if (!row || units.length === 0) return;
    const label = t("Dispatch {units} to {number}", { units: units.join(" "), number: `#${row.number}` });
    const answer = await this.write<Incident>(`incidents/${row.id}/dispatch`, { units: [...units] }, label);
    if (answer === null) this.advice.want();
    else if (answer !== "kept") {
      this.advice.forget(row.id);
      this.say(t("Sent: {units}", { units: units.join(" ") }));
      if (typed && this.ui.also === typed) this.set({ also: "" });
    }
  }

  async setStatus(ident: string, status: string): Promise<void> {
    const label = `${ident}${t(": ")}${this.statuses.get(status)?.label ?? status}`;
    const answer = await this.write<Unit>(`units/${encodeURIComponent(ident)}/status`, { status }, label);
    if (answer && answer !== "kept") this.say(label);
  }

  movePath({ move }: Proposal): string {
    const unit = `units/${encodeURIComponent(move.unit)}/move-up`;
    return move.back ? `${unit}/end` : unit;
  }

  async takeMove(proposal: Proposal): Promise<void> {
    const { move } = proposal;
    const body = move.back ? {} : { post: move.post };
    const answer = await this.write<Unit>(this.movePath(proposal), body, moveWords(proposal));
    if (answer && answer !== "kept") this.say(moveWords(proposal));
  }

  async moveUp(unit: string, post: string): Promise<void> {
    const label = t("Move {unit} to {post}", { unit, post: this.post(post)?.name ?? post });
    await this.write<Unit>(`units/${encodeURIComponent(unit)}/move-up`, { post }, label);
  }

  async endMoveUp(unit: string): Promise<void> {
    await this.write<Unit>(`units/${encodeURIComponent(unit)}/move-up/end`, {}, t("Send {unit} back", { unit }));
  }

  async end(): Promise<void> {
    const { ending } = this.ui;
    const row = this.incident(ending?.id ?? null);
    if (!ending || !row) return;
    const word = ending.kind === "close" ? t("Close") : t("Cancel incident");
    const path = `incidents/${row.id}/${ending.kind}`;
    const answer = await this.write(path, { result_code: ending.result }, `${word} #${row.number}`);
    if (answer !== null && this.ui.ending?.id === row.id) this.set({ ending: null });
  }

  async reopen(row: Incident): Promise<void> {
    await this.write(`incidents/${row.id}/reopen`, {}, `${t("Reopen")} #${row.number}`);
    this.advice.want(200);
  }

  async retype(row: Incident, type: string): Promise<void> {
    await this.write(`incidents/${row.id}/triage`, { type }, `${this.typeLabel(type)} #${row.number}`);
    if (this.ui.retyping === row.id) {
      this.leaveField();
      this.set({ retyping: null });
    }
    this.advice.forget(row.id); // other units are asked for: the first plan for them is chosen
    this.advice.want(100);
  }

  async addNote(row: Incident): Promise<void> {
    const typed = this.ui.notes.get(row.id) ?? "";
    const text = typed.trim();
    if (!text) return;
    const answer = await this.write(`incidents/${row.id}/notes`, { text }, `${t("Note")} #${row.number}`);
    if (answer === null) return;
    const now = this.ui.notes.get(row.id) ?? "";
    this.setNote(row.id, now.startsWith(typed) ? now.slice(typed.length) : now);
    if (this.ui.opened.has(row.id)) await this.openTexts(row);
  }

  /** What is typed for an incident stays with it, whatever is looked at meanwhile. */
  setNote(id: number, text: string): void {
    this.ui.notes.set(id, text);
    this.changed();
  }

  async openTexts(row: Incident): Promise<void> {
    try {
      const body = { purpose: "live_incident" };
      const { texts } = await this.desk.post<{ texts: OpenedText[] }>(`incidents/${row.id}/open`, body);
      this.ui.opened.set(row.id, texts);
      this.changed();
    } catch (error) {
      this.tell("refused", sentenceOf(error));
    }
  }

  async toggleShift(): Promise<void> {
    const open = Boolean(this.known?.board.me.shift);
    const label = open ? t("Close shift") : t("Open shift");
    const answer = await this.write(`shift/${open ? "close" : "open"}`, {}, label);
    if (answer !== null && answer !== "kept") await this.readBoard();
  }

  async sound(on: boolean): Promise<void> {
    await this.sounder.turn(on);
    this.changed();
  }

  setShortcuts(on: boolean): void {
    localStorage.setItem("anlan:shortcuts", on ? "on" : "off");
    this.set({ shortcuts: on });
  }

  get lang(): string {
    return language();
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Refusal ? error.sentence : t("The server can't be reached. Trying again…");
}
