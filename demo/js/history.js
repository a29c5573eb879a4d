// What a training has given so far.

export class History {
  /** By network, the plain one first: the loss of every step, and its running mean. */
  losses = [[], []];
  means = [[], []];
  /** [{step, values: [plain, normalized]}] */
  accuracies = [];
  divergedAt = [0, 0];

  get steps() {
    return this.losses[0].length;
  }

  add({ losses, accuracies, divergedAt }) {
    for (const network of [0, 1]) {
      for (const loss of losses[network]) {
        const mean = this.means[network].at(-1) ?? loss;
        this.losses[network].push(loss);
        this.means[network].push(Number.isFinite(mean) ? mean + 0.04 * (loss - mean) : loss);
      }
    }
    this.accuracies.push(...accuracies);
    this.divergedAt = divergedAt;
  }

  /** As the study's curves.csv has it, with the loss of every step. */
  csv() {
    const number = (value) => (Number.isFinite(value) ? String(value) : value > 0 ? 'inf' : 'nan');
    const accuracies = new Map(this.accuracies.map(({ step, values }) => [step, values]));
    const rows = ['step,plain_loss,bn_loss,plain_accuracy,bn_accuracy'];
    for (let i = 0; i < this.steps; ++i) {
      const accuracy = accuracies.get(i + 1)?.map(number) ?? ['', ''];
      rows.push([i + 1, number(this.losses[0][i]), number(this.losses[1][i]), ...accuracy].join(','));
    }
    return `${rows.join('\n')}\n`;
  }
}
