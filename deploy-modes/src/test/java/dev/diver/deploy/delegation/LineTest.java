package dev.diver.deploy.delegation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class LineTest {

  @Test
  void goesThroughPointsOnALine() {
    Line line = Line.through(new double[] {0, 1, 4}, new double[] {3, 5, 11});
    assertEquals(new Line(2, 3), line);
  }

  /**
   * Slopes of the pairs of (0,0), (1,1), (2,2), (3,99): 1, 1, 33, 1, 49, 97; their median is (1 +
   * 33) / 2 = 17. With (4,4) there are ten: −95, 1, 1, 1, 1, 1, 1, 33, 49, 97, with median 1; and
   * of y − x = 0, 0, 0, 96, 0 the median is 0.
   */
  @Test
  void isNotMovedByAnOutlier() {
    assertEquals(17, Line.through(new double[] {0, 1, 2, 3}, new double[] {0, 1, 2, 99}).slope());
    assertEquals(
        new Line(1, 0), Line.through(new double[] {0, 1, 2, 3, 4}, new double[] {0, 1, 2, 99, 4}));
  }

  /** Two values at one x make no slope. */
  @Test
  void passesOverPairsAtOnePlace() {
    assertEquals(0.5, Line.through(new double[] {2, 2, 4}, new double[] {1, 1, 2}).slope());
  }
}
