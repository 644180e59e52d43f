/** What the planning pages are told by the page and by the API. */

export interface PlanTown {
  key: string;
  name: string;
  bounds: [number, number, number, number] | null;
  basemap: string | null;
  attribution: string[];
}

export interface Labelled {
  code: string;
  label: string;
}

export interface PlanPage {
  lang: string;
  words: Record<string, string>;
  town: string;
  plan: {
    town: PlanTown;
    calls: boolean;
    kinds: string[];
    posts: { ref: string; kind: string; name: string; lon: number; lat: number }[];
    unit_kinds: Labelled[];
    files: string;
  };
}

export interface Band {
  minutes: number;
  calls: number;
  calls_share: number | null;
  expected_share: number | null;
  people: number | null;
  people_share: number | null;
  area_km2: number;
  area_share: number | null;
  seen: number;
  seen_share: number | null;
}

export interface HourShare {
  hour: number;
  calls: number;
  calls_shares: (number | null)[];
  area_shares: (number | null)[];
}

export interface PostReach {
  ref: string;
  name: string;
  lon: number;
  lat: number;
  made_up: boolean;
  staffed: boolean;
  calls: number;
  people: number | null;
  area_km2: number;
  first_calls: number;
  only_calls: number;
  only_people: number | null;
  only_area_km2: number;
}

export interface Gap {
  cell: string;
  lon: number;
  lat: number;
  street: string;
  nearest: string | null;
  minutes: number | null;
  worst_minutes: number | null;
  calls: number;
  calls_of: number;
  people: number | null;
  people_of: number | null;
  area_km2: number;
}

export interface Coverage {
  town: string;
  town_name: string;
  made_up: boolean;
  kind: string;
  minutes: number[];
  gap_minutes: number;
  hour: number | null;
  counted_from: string;
  processing_s: number;
  turnout_s: number;
  speed: {
    source: "log" | "town" | "free_flow";
    factor: number;
    fixed_s: number;
    trips: number;
    of_that_hour: boolean;
    p50_error_s: number | null;
    p90_error_s: number | null;
    bias_s: number | null;
  };
  demand: {
    calls: number;
    calls_left_out: number;
    calls_from: string | null;
    calls_to: string | null;
    people: number;
    people_source: "zones" | "streets" | "none";
    area_km2: number;
    cell_resolution: number;
  };
  bands: Band[];
  hours: HourShare[];
  posts: PostReach[];
  gap_count: number;
  gaps: Gap[];
}

export interface Layers {
  type: "FeatureCollection";
  features: GeoJSON.Feature[];
}

export interface Site {
  state: "kept" | "new" | "dropped";
  name: string;
  ref: string | null;
  lon: number;
  lat: number;
  units: number;
}

export interface SitingFound {
  made_up: boolean;
  asked: { model: string; kind: string; minutes: number[]; weights: string; hour: number | null };
  seed: number;
  value: number;
  bound: number | null;
  unit: "calls" | "people" | "seconds" | "posts";
  of: number;
  optimal: boolean;
  gap: number | null;
  sense: "min" | "max";
  method: string;
  candidates: number;
  demands: number;
  sites: Site[];
  speed: Coverage["speed"];
  demand: Coverage["demand"];
  before: Band[];
  after: Band[];
}

export interface SitingLayers extends Layers {
  siting: SitingFound;
}
