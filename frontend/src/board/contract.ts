/** What /api/ and /live/ say; kept in step with docs/reference and the API's schemas. */

import type { PageData } from "../words";

/** What the board's page is told beside its words: which incidents may become a mediation, for whom. */
export interface BoardPage extends PageData {
  readonly mediation?: { readonly types: readonly string[]; readonly way: string };
}

export interface Timer {
  code: string;
  started_at: string;
  due_at: string | null;
  stopped_at: string | null;
}

export interface Incident {
  id: number;
  number: number;
  type: string;
  priority: number;
  state: string;
  alarm_level: number;
  received_at: string;
  first_dispatched_at: string | null;
  first_on_scene_at: string | null;
  closed_at: string | null;
  lon: number | null;
  lat: number | null;
  street: string;
  units: string[];
  timers: Timer[];
  made_up: boolean;
  version: number;
  result_code?: string;
  warnings?: string[];
  snap_m?: number | null;
}

export interface Unit {
  ident: string;
  kind: string;
  capabilities: string[];
  post: string | null;
  status: string;
  since: string | null;
  incident: number | null;
  lon: number | null;
  lat: number | null;
  on_duty: boolean;
  made_up: boolean;
  eta_at?: string | null;
  inferred?: boolean;
  warnings?: string[];
  /** the post that it stands by at, or drives to, instead of its own ("fire 7") */
  covering?: string | null;
}

export interface Post {
  ident: string;
  kind: string;
  name: string;
  lon: number;
  lat: number;
  made_up: boolean;
}

export interface Closure {
  id: number;
  lon: number[];
  lat: number[];
  ends_at: string | null;
  speed_factor: number;
  street: string;
}

export interface ClockFace {
  real_anchor: string;
  town_anchor: string;
  speed: number;
}

export interface IncidentType {
  code: string;
  label: string;
  letters: string;
  priority: number;
  group: string;
}

export interface Status {
  code: string;
  letters: string;
  shape: string;
  /** a token, #rrggbb, or one for each theme */
  colour: string | { light: string; dark: string };
  label: string;
}

export interface UnitKind {
  code: string;
  label: string;
  letters: string;
}

export interface ResultCode {
  code: string;
  label: string;
}

export interface Town {
  key: string;
  name: string;
  zone: string;
  made_up: boolean;
  made_up_note: string;
  clock: ClockFace;
  server_now: string;
  bounds: [number, number, number, number] | null;
  basemap: string | null;
  attribution: string[];
}

export interface Board {
  town: Town;
  event_id: number;
  me: { staff: string; roles: string[]; shift: unknown };
  types: IncidentType[];
  statuses: Status[];
  unit_kinds: UnitKind[];
  results?: ResultCode[];
  levels: unknown[];
  incidents: Incident[];
  units: Unit[];
  posts: Post[];
  closures: Closure[];
}

export interface Change {
  event_id: number;
  incidents: Incident[];
  units: Unit[];
  closures?: Closure[] | null;
}

export interface Beat {
  event_id: number;
  town_now: string;
  real_now: string;
}

export interface PlannedUnit {
  unit: string;
  kind: string;
  travel_s: number;
  for: string;
  reason: string;
}

export interface Plan {
  rank: number;
  units: PlannedUnit[];
  first_arrival_s: number | null;
  full_arrival_s: number | null;
  breaks_cover: string[];
  summary: string;
}

export interface Recommendation {
  incident: number;
  status: "full" | "partial" | "none";
  plans: Plan[];
  missing: { capability: string; count: number; sentence: string }[];
  not_sent: { unit: string; sentence: string }[];
  notes?: string[];
  computed_ms: number;
}

/** A registered thing near an open incident, with physical facts that are in force. */
export interface NearbyPremises {
  ident: string;
  name: string;
  class_label: string;
  distance_m: number;
  made_up: boolean;
  hazards: string[];
  facts: {
    kind: string;
    kind_label: string;
    label: string;
    side_label: string;
    floor: number | null;
    distance_m: number | null;
    un_number: string;
    amount_label: string;
    expires_on: string;
  }[];
}

export interface Street {
  label: string;
  lon: number;
  lat: number;
}

export interface OpenedText {
  field: string;
  text: string;
  at: string;
  by: string;
}

export interface Route {
  time_s: number;
  length_m: number;
  lon: number[];
  lat: number[];
}

export type CoverState = "good" | "thin" | "broken";

export interface CoverArea {
  post: string;
  name: string;
  state: CoverState;
  now_min: number | null;
  usual_min: number | null;
  share_now: number;
  share_usual: number;
  lost_per_hour: number;
  sentence: string;
}

export interface CoverMove {
  unit: string;
  post: string;
  name: string;
  back: boolean;
  travel_s: number;
  gain: number;
  share_after: number;
  sentence: string;
  left: string;
  left_state: CoverState | "";
}

export interface ServiceCover {
  kind: string;
  label: string;
  minutes: number;
  state: CoverState;
  share_now: number;
  share_usual: number;
  share_settled: number;
  calls_per_hour: number;
  free: number;
  on_duty: number;
  areas: CoverArea[];
  moves: CoverMove[];
  under_way: { unit: string; post: string; name: string; there: boolean }[];
}

export interface Cover {
  /** the ledger id that it was worked out at */
  event_id: number;
  at: string;
  source: string;
  note: string;
  services: ServiceCover[];
}

export interface CoverCell {
  cell: string;
  usually: boolean;
  ring: [number, number][];
}
