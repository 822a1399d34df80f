import type { Coding } from 'fhir/r4.js';
import { otherTextIn } from '../engine/answers.js';
import { textOf } from '../engine/text.js';
import type { ControlProps } from './control-props.js';

/** Numbers, dates, words: a box to type into. What cannot be read stays in it, and is told on the way on. */
export function EntryControl(props: ControlProps) {
  const { question, texts, language } = props;
  const { units, control } = question;
  const hint = hintFor(props);
  return (
    <div class="entry">
      {hint && (
        <p id="hint" class="help">
          {hint}
        </p>
      )}
      <div class="boxes">
        <EntryBox {...props} isWide={control === 'text' || control === 'text-area'} />
        {control === 'quantity' && units.length > 1 ? (
          <UnitChoice {...props} />
        ) : (
          units[0] && <span class="unit">{unitText(units[0], language)}</span>
        )}
      </div>
      {!question.required && question.help.length === 0 && <p class="soft">{texts.optional}</p>}
    </div>
  );
}

/** What fits none of the options, in the person's own words. */
export function OtherText(props: ControlProps) {
  return (
    <div class="other">
      <label for="other">{props.texts.otherText}</label>
      <EntryBox {...props} />
    </div>
  );
}

/** The box alone. Its name is the question, or the label around it. */
function EntryBox({ isWide = false, ...props }: ControlProps & { readonly isWide?: boolean }) {
  const { question, dispatch, isWrong } = props;
  const { linkId, type, control } = question;
  const isLabelled = type === 'open-choice';
  const { text, unit } = entryOf(props);
  const common = {
    name: linkId,
    id: isLabelled ? 'other' : undefined,
    value: text,
    'aria-labelledby': isLabelled ? undefined : 'question',
    'aria-describedby': hintFor(props) === null ? undefined : 'hint',
    'aria-invalid': isWrong || undefined,
    class: isWide ? 'wide' : undefined,
    onInput: ({ currentTarget: { value } }: { currentTarget: { value: string } }) =>
      dispatch({ type: 'typed', linkId, text: value, unit }),
  };
  if (control === 'text-area') return <textarea rows={5} {...common} />;
  return <input type="text" inputMode={modeFor(type)} autocomplete="off" {...common} />;
}

function UnitChoice(props: ControlProps) {
  const { question, texts, language, dispatch } = props;
  const { linkId, units } = question;
  const { text, unit } = entryOf(props);
  return (
    <select
      aria-label={texts.unit}
      onChange={({ currentTarget }) =>
        dispatch({ type: 'typed', linkId, text, unit: units[currentTarget.selectedIndex - 1] })
      }
    >
      <option selected={!unit}>{texts.unit}</option>
      {units.map((one) => (
        <option key={one.code} selected={one.code === unit?.code}>
          {unitText(one, language)}
        </option>
      ))}
    </select>
  );
}

/** As typed; else as answered. */
function entryOf({ question, state }: ControlProps): { text: string; unit: Coding | undefined } {
  const typed = state.entries.get(question.linkId);
  if (typed) return typed;
  const given = state.answers.get(question.linkId) ?? [];
  const written = question.type === 'open-choice' ? otherTextIn(question, given) : given[0];
  const { valueQuantity: quantity } = written ?? {};
  const value = quantity ? quantity.value : Object.values(written ?? {})[0];
  return { text: String(value ?? ''), unit: question.units.find(({ code }) => code === quantity?.code) };
}

function hintFor({ question, texts }: ControlProps): string | null {
  const { type, limits } = question;
  if (type === 'date') return texts.dateHint;
  if (typeof limits.min !== 'number' || typeof limits.max !== 'number') return null;
  return texts.between(String(limits.min), String(limits.max));
}

function modeFor(type: string): 'numeric' | 'decimal' | 'text' {
  if (type === 'integer') return 'numeric';
  return type === 'decimal' || type === 'quantity' ? 'decimal' : 'text';
}

function unitText(unit: Coding, language: string): string {
  return textOf(unit, 'display', language) || (unit.code ?? '');
}
