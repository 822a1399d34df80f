import { useEffect, useState } from 'preact/hooks';
import { FILTERS, type Filter, type Query, withQuery } from './address.js';

const LABELS: Readonly<Record<Filter, string>> = {
  all: 'All',
  urgent: 'Red flags',
  open: 'Open verdicts',
  drafts: 'Drafts',
  delivery: 'Delivery problems',
};

interface ControlsProps {
  readonly query: Query;
  onGo(query: Query): void;
}

/** Filter and search. Both are in the address, so that a part of the list can be bookmarked. */
export function Controls({ query, onGo }: ControlsProps) {
  return (
    <div class="controls">
      <nav class="filters" aria-label="Show">
        {FILTERS.map((filter) => (
          <a
            key={filter}
            href={withQuery(location.href, { ...query, filter })}
            aria-current={filter === query.filter ? 'true' : undefined}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
              event.preventDefault();
              onGo({ ...query, filter });
            }}
          >
            {LABELS[filter]}
          </a>
        ))}
      </nav>
      <NameSearch query={query} onGo={onGo} />
    </div>
  );
}

function NameSearch({ query, onGo }: ControlsProps) {
  const [name, setName] = useState(query.name);
  useEffect(() => setName(query.name), [query.name]);
  return (
    <search>
      <form
        class="name-search"
        onSubmit={(event) => {
          event.preventDefault();
          onGo({ ...query, name: name.trim() });
        }}
      >
        <label for="name">Patient’s name</label>
        <input
          id="name"
          type="search"
          autocomplete="off"
          value={name}
          onInput={({ currentTarget }) => setName(currentTarget.value)}
        />
        <button type="submit" class="button">
          Search
        </button>
        {query.name && (
          <button type="button" class="button" onClick={() => onGo({ ...query, name: '' })}>
            Everybody
          </button>
        )}
      </form>
    </search>
  );
}
