import type { Filter } from './address.js';
import { HERE_ONLY, isShown } from './row.js';
import { ScreeningRow } from './screening-row.js';
import type { View } from './store.js';

interface ScreeningListProps {
  readonly view: View;
  onMore(): void;
  onRetry(): void;
}

const COLUMNS = ['Patient', 'Answered', 'Status', 'Red flags', 'NICE NG65', 'ASAS IBP', 'All sets'];

/** The rows, and an honest word on what they leave out. */
export function ScreeningList({ view, onMore, onRetry }: ScreeningListProps) {
  const { query, isFirst, rows, patients, failure, next, isLoadingMore } = view;
  if (isFirst && failure === null) return <p role="status">Loading the screenings …</p>;
  const shown = rows.filter((row) => isShown(row, query.filter));
  return (
    <>
      {failure !== null && <Failure text={failure} onRetry={onRetry} />}
      {failure === null && <Scope view={view} shown={shown.length} />}
      {shown.length > 0 && (
        <div class="screenings">
          <div class="columns" aria-hidden="true">
            {COLUMNS.map((column) => (
              <span key={column}>{column}</span>
            ))}
          </div>
          <ol class="rows">
            {shown.map((row) => (
              <ScreeningRow key={row.screening.id} row={row} patients={patients} />
            ))}
          </ol>
        </div>
      )}
      {next !== null && (
        <div class="actions">
          <button type="button" class="button" aria-disabled={isLoadingMore} onClick={onMore}>
            {isLoadingMore ? 'Loading …' : 'Show more'}
          </button>
        </div>
      )}
    </>
  );
}

function Failure({ text, onRetry }: { readonly text: string; onRetry(): void }) {
  return (
    <div class="notice danger" role="alert">
      <p>The screenings could not be read. {text}</p>
      <button type="button" class="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

const NONE: Readonly<Record<Filter, string>> = {
  all: 'No screening yet.',
  urgent: 'No screening with red flags.',
  open: 'No screening with an open verdict.',
  drafts: 'No draft.',
  delivery: 'Everything that was accepted is on the record server.',
};

function Scope({ view, shown }: { readonly view: View; readonly shown: number }) {
  const { query, rows, next, top } = view;
  const { filter, name } = query;
  const isCut = HERE_ONLY.includes(filter) && next !== null;
  const told = [
    shown > 0 ? countText(shown) : filter === 'delivery' && top?.unseen ? '' : nothingText(query),
    isCut && `Only the newest ${rows.length} were looked at. “Show more” looks further back.`,
    !isCut && shown > 0 && next !== null && 'There are older ones.',
    top && top.unseen > 0 && unseenText(top.unseen),
    name && top?.isNameCut && 'Many people have this name, and only 50 were looked at. Write more of it.',
  ];
  return (
    <p class="soft" role="status">
      {told.filter(Boolean).join(' ')}
    </p>
  );
}

function nothingText({ filter, name }: View['query']): string {
  return name ? `Nothing found for a patient named “${name}”.` : NONE[filter];
}

/** They have no red flags that nobody has acknowledged: all of those were looked at. */
function unseenText(count: number): string {
  const what = count === 1 ? '1 more change has' : `${count} more changes have`;
  return `${what} not reached the record server and could not be looked at here.`;
}

function countText(count: number): string {
  return count === 1 ? '1 screening.' : `${count} screenings.`;
}
