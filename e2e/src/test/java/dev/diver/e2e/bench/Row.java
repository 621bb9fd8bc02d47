package dev.diver.e2e.bench;

/**
 * One line of the benchmark table.
 *
 * @param what what was measured
 * @param against what it was measured against, in turn and in the same run; a dash where nothing
 * @param measured the figures, for people
 * @param figure the figure that the goal is about, in {@code unit}
 * @param unit {@code x} for a ratio, else that of a time
 * @param goal the greatest figure that reaches the goal
 * @param alternative a second way to reach the goal, already decided; false where there is none
 */
record Row(
    String what,
    String against,
    String measured,
    double figure,
    String unit,
    double goal,
    boolean alternative) {

  boolean reached() {
    return figure <= goal || alternative;
  }
}
