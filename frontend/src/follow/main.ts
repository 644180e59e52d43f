/** A party's own page works without a script; this keeps a form where it is while nothing is reached. */

import { askFirst } from "../cases/session";
import { readPage } from "../words";

askFirst(readPage().town);
