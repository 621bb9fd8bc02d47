package dev.diver.e2e.bench;

import tools.jackson.databind.JsonNode;

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

  /**
   * Of two runs of the program noise: the greater of two ratios, of the longest detour and of how
   * many there were.
   */
  static Row noise(String what, String against, JsonNode ours, JsonNode theirs) {
    double detours = ours.get("detours").asDouble() / Math.max(1, theirs.get("detours").asDouble());
    double longest = ours.get("longest_ns").asDouble() / theirs.get("longest_ns").asDouble();
    String measured = detours(ours) + " / " + detours(theirs) + " µs";
    return new Row(what, against, measured, Math.max(detours, longest), "x", 1.0, false);
  }

  private static String detours(JsonNode noise) {
    return String.format(
        "%s of %.0f", noise.get("detours").asString(), noise.get("longest_ns").asDouble() / 1e3);
  }
}
