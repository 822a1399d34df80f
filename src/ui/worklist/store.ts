import type { Patient } from 'fhir/r4.js';
import { timeText } from '../parts/dates.js';
import { failureText } from '../parts/fhir-search.js';
import type { Listed } from '../parts/listed.js';
import type { completeTask } from '../parts/task.js';
import type { Query } from './address.js';
import type { Alert } from './alert.js';
import { COUNT, type FirstPage, type loadFirstPage, type loadNextPage, type Page } from './load-worklist.js';
import { mergeRows, newsText } from './row.js';

/** What the page shows. */
export interface View {
  readonly query: Query;
  /** Nothing was read for this query yet. */
  readonly isFirst: boolean;
  readonly isLoadingMore: boolean;
  readonly rows: readonly Listed[];
  /** How many of them a search found. */
  readonly found: number;
  readonly patients: ReadonlyMap<string, Patient>;
  readonly next: string | null;
  readonly failure: string | null;
  /** null until something was read. */
  readonly top: Top | null;
  /** What an update brought, or what became of a click: told politely. */
  readonly news: string;
  /** Ids of responses whose alert is just being acknowledged. */
  readonly busy: readonly string[];
}

/** What stands above the list. */
export interface Top extends Pick<FirstPage, 'alerts' | 'troubles' | 'unseen' | 'isNameCut'> {
  /** The alerts could not be read just now: these are older, or none. */
  readonly isStale: boolean;
}

/** How the store gets at the service; in tests, anything. */
export interface Loaders {
  readonly loadFirst: typeof loadFirstPage;
  readonly loadNext: typeof loadNextPage;
  readonly acknowledge: typeof completeTask;
}

/** At most so many are read anew when something has changed; what "Show more" brought below them is let go. */
const MOST_KEPT = 200;

/** The state of the worklist, apart from how it is drawn. `tell` is called after every change. */
export class WorklistStore {
  view: View;
  readonly #loaders: Loaders;
  readonly #tell: () => void;
  /** A later load makes an earlier one void. */
  #turn = 0;

  constructor(query: Query, loaders: Loaders, tell: () => void) {
    this.view = emptyView(query);
    this.#loaders = loaders;
    this.#tell = tell;
  }

  /** Another part of the list. → whether it could be read */
  show(query: Query): Promise<boolean> {
    this.#change({ ...emptyView(query), top: this.view.top, patients: this.view.patients });
    return this.refresh();
  }

  /** Reads everything that is shown anew, in one go: no row is stale, and none is lost. → whether it could be read */
  async refresh(): Promise<boolean> {
    this.#turn += 1;
    const turn = this.#turn;
    const wanted = this.#wanted();
    const page = await this.#loaders.loadFirst(this.view.query, wanted);
    if (turn !== this.#turn) return true;
    // "Show more" was faster: what it brought is read, too.
    if (this.#wanted() > wanted) return this.refresh();
    this.#change({ ...this.#withPatients(page), ...this.#withRows(page) });
    this.#change(this.#withTop(page));
    return page.failure === null && page.areAlertsKnown && page.troubles !== null;
  }

  #wanted(): number {
    return Math.min(MOST_KEPT, Math.max(COUNT, this.view.found));
  }

  /** Alerts that cannot be read now stay as they were, with word of it. */
  #withTop({ alerts, areAlertsKnown, ...page }: FirstPage): Pick<View, 'top' | 'news'> {
    const before = this.view.top?.alerts.list ?? [];
    const isNew = ({ response }: Alert) => !before.some((one) => one.response === response);
    const added = alerts.list.filter(isNew);
    const told = `${added.length} new urgent ${added.length === 1 ? 'alert' : 'alerts'}`;
    const list = areAlertsKnown ? alerts.list : [...added, ...before];
    const { troubles, unseen, isNameCut } = page;
    return {
      top: { alerts: { ...alerts, list }, isStale: !areAlertsKnown, troubles, unseen, isNameCut },
      news: this.view.top && added.length > 0 ? at(told) : this.view.news,
    };
  }

  /** A list that cannot be read now stays as it was, with what waits here. */
  #withRows(page: FirstPage): Partial<View> {
    const { isFirst, rows: before } = this.view;
    const told = isFirst ? '' : newsText(page.rows, before);
    const news = told && { news: at(told) };
    const { failure } = page;
    if (failure !== null) return { failure, rows: mergeRows(page.rows, before), ...news };
    const { found, next } = page;
    return { failure, rows: mergeRows(page.rows, []), found, next, isFirst: false, ...news };
  }

  async showMore(): Promise<void> {
    const { next, isLoadingMore, top } = this.view;
    if (next === null || isLoadingMore) return;
    const turn = this.#turn;
    this.#change({ isLoadingMore: true });
    const page = await this.#loaders.loadNext(next, top?.troubles?.list ?? []);
    this.#change({ isLoadingMore: false });
    if (turn !== this.#turn && this.view.next !== next) return;
    this.#change({
      ...this.#withPatients(page),
      rows: mergeRows(page.rows, this.view.rows),
      found: this.view.found + page.found,
      next: page.next,
      failure: page.failure,
      news: page.failure === null ? `${page.rows.length} more loaded` : '',
    });
  }

  /** → whether it was taken; `view.news` says what became of it. */
  async acknowledge(alert: Alert, name: string): Promise<boolean> {
    if (this.view.busy.includes(alert.response)) return false;
    this.#change({ busy: [...this.view.busy, alert.response], news: '' });
    const reply = await this.#loaders.acknowledge(alert.task);
    const isDone = reply.state === 'done';
    const isStale = reply.state === 'refused' && reply.status === 412;
    if (isStale) await this.refresh();
    const busy = this.view.busy.filter((one) => one !== alert.response);
    if (isDone) this.#change({ busy, top: this.#without(alert), news: `Acknowledged: ${name}` });
    else {
      const why = isStale ? 'Somebody else changed it. The list is read again.' : failureText(reply);
      // Last, so that no other news takes its place.
      this.#change({ busy, news: `Not acknowledged: ${name}. ${why}` });
    }
    return isDone;
  }

  #without({ response }: Alert): Top | null {
    const { top } = this.view;
    if (!top) return top;
    const list = top.alerts.list.filter((one) => one.response !== response);
    return { ...top, alerts: { ...top.alerts, list } };
  }

  #withPatients({ patients }: Page): Pick<View, 'patients'> {
    return { patients: new Map([...this.view.patients, ...(patients ?? [])]) };
  }

  #change(part: Partial<View>): void {
    this.view = { ...this.view, ...part };
    this.#tell();
  }
}

function emptyView(query: Query): View {
  return {
    query,
    isFirst: true,
    isLoadingMore: false,
    rows: [],
    found: 0,
    patients: new Map(),
    next: null,
    failure: null,
    top: null,
    news: '',
    busy: [],
  };
}

/** With the time, so that the same news twice is told twice. */
function at(news: string): string {
  return `${timeText(new Date())}: ${news}`;
}
