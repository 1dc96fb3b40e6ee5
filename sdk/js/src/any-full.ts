/** `./full` for programs that may run without a page; bundlers for pages take that one itself. */
import { Tidemark as Page } from "./full.js";
import { pageless } from "./pageless.js";

export const Tidemark = pageless(Page);
export type Tidemark = Page;
