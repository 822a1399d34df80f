import { callUrl, WithNumber } from '../parts/emergency-number.js';
import { type Advice, adviceIn } from './information.js';
import { Title } from './title.js';
import type { View } from './view.js';

interface AdviceTextProps extends View {
  /** Codes of patient-information, in the order to show them. */
  readonly codes: readonly string[];
  /** The first title is the heading of the screen. */
  readonly isScreen?: boolean;
}

/** What to do now, in the words of patient-information, with a number that can be called by touching it. */
export function AdviceText({ codes, isScreen = false, ...view }: AdviceTextProps) {
  const { information, language, settings, texts } = view;
  const number = settings.emergencyNumber;
  return (
    <>
      {adviceIn(information, codes, language).map((advice, index) => (
        <section key={advice.code} class={`notice ${toneOf(advice)}`}>
          {isScreen && index === 0 ? (
            <Title host={view.host}>
              <WithNumber text={advice.title} number={number} />
            </Title>
          ) : (
            <h2>
              <WithNumber text={advice.title} number={number} />
            </h2>
          )}
          {advice.code === 'emergency' && (
            <p>
              <a class="button call" href={callUrl(number)}>
                {texts.call(number)}
              </a>
            </p>
          )}
          {advice.paragraphs.map((text) => (
            <p key={text}>
              <WithNumber text={text} number={number} />
            </p>
          ))}
        </section>
      ))}
    </>
  );
}

const DANGER = ['emergency', 'cord-compression', 'spine-injury-with-axspa'];
const CALM = ['none-reported', 'get-help-at-once'];

function toneOf({ code }: Advice): string {
  if (DANGER.includes(code)) return 'danger';
  return CALM.includes(code) ? '' : 'warn';
}
