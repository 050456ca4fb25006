/** Something that has its moment. */
export interface Due {
  readonly atMs: number;
}

/** What is due, the soonest first: a binary heap. Of those of one moment any may be first. */
export class Agenda<Item extends Due> {
  /** None is due before the one at half its place, the last but one rounded down. */
  readonly #items: Item[] = [];

  first(): Item | undefined {
    return this.#items[0];
  }

  add(item: Item): void {
    const items = this.#items;
    let place = items.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const other = items[above];
      if (other === undefined || other.atMs <= item.atMs) break;
      items[place] = other;
      place = above;
    }
    items[place] = item;
  }

  removeFirst(): void {
    const items = this.#items;
    const item = items.pop();
    if (item === undefined || items.length === 0) return;
    let place = 0;
    for (;;) {
      const below = this.#sooner(2 * place + 1);
      const other = items[below];
      if (other === undefined || other.atMs >= item.atMs) break;
      items[place] = other;
      place = below;
    }
    items[place] = item;
  }

  clear(): void {
    this.#items.length = 0;
  }

  /** Of that place and the next the one that is due sooner. */
  #sooner(place: number): number {
    const [left, right] = [this.#items[place], this.#items[place + 1]];
    return left !== undefined && right !== undefined && right.atMs < left.atMs ? place + 1 : place;
  }
}
