/** Where the emergency number belongs in a text of patient-information. */
const PLACEHOLDER = '{emergencyNumber}';

interface WithNumberProps {
  readonly text: string;
  /** null when it is not known. */
  readonly number: string | null;
  /** What it is called where it is not known: a placeholder is never left. */
  readonly name?: string;
}

/** The text with the number put in, to be called by touching it. */
export function WithNumber({ text, number, name = '' }: WithNumberProps) {
  const [first, ...others] = text.split(PLACEHOLDER);
  return (
    <>
      {first}
      {others.flatMap((part) => [
        number === null ? name : <EmergencyNumber key={part} number={number} />,
        part,
      ])}
    </>
  );
}

function EmergencyNumber({ number }: { readonly number: string }) {
  return (
    <a class="number" href={callUrl(number)}>
      {number}
    </a>
  );
}

/** To call it. */
export function callUrl(number: string): string {
  return `tel:${number.replace(/[^\d+*#]/g, '')}`;
}
