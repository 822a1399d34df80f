import { expect, test } from '@jest/globals';
import { Problem } from '../../../src/fhir/outcome.js';
import { Database } from '../../../src/io/database.js';

// Without this the driver ends the whole process: work that a stop cut off may still ask.
test('after its end it is unavailable, whatever is asked of it', () => {
  const database = new Database(':memory:');
  database.exec('CREATE TABLE number (value INTEGER)');
  expect(database.run('INSERT INTO number VALUES (?)', 1)).toBe(1);
  database.close();
  const asked: (() => unknown)[] = [
    () => database.get('SELECT value FROM number'),
    () => database.all('SELECT value FROM number'),
    () => database.run('INSERT INTO number VALUES (?)', 2),
    () => database.exec('SELECT 1'),
    () => database.transaction(() => 1),
  ];
  for (const ask of asked) {
    expect(ask).toThrow(Problem);
    expect(ask).toThrow('store-unavailable');
  }
});

test('closed in the midst of a transaction, it says so and leaves the process alone', () => {
  const database = new Database(':memory:');
  const work = () =>
    database.transaction(() => {
      database.close();
      return database.get('SELECT 1');
    });
  expect(work).toThrow('store-unavailable');
});
