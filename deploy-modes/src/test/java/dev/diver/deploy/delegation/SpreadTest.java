package dev.diver.deploy.delegation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SpreadTest {

  /**
   * 0, 10, … 1000, in some order: 101 trials. Place of the quantile q is q·(n−1): 50 for the
   * median, 99 for the 99th percentile.
   */
  @Test
  void findsQuantilesWorkedOutByHand() {
    double[] nanos = IntStream.range(0, 101).mapToDouble(i -> (i * 37 % 101) * 10).toArray();
    assertEquals(new Spread(0, 500, 990), Spread.of(nanos));
  }

  /** 1, 2, 3, 10: the median lies halfway from 2 to 3; place 0.99·3 = 2.97 is 3 + 0.97·7. */
  @Test
  void interpolates() {
    Spread spread = Spread.of(new double[] {10, 3, 1, 2});
    assertEquals(1, spread.minimum());
    assertEquals(2.5, spread.median());
    assertEquals(9.79, spread.p99(), 1e-12);
  }

  @Test
  void oneTrialIsAllThree() {
    assertEquals(new Spread(7, 7, 7), Spread.of(new double[] {7}));
  }

  /** Least less least, median less median, tail less median. */
  @Test
  void subtractsTheService() {
    Spread service = new Spread(100, 150, 900);
    assertEquals(new Spread(500, 550, 650), new Spread(600, 700, 800).less(service));
    assertEquals(new Spread(0, 0, 0), new Spread(90, 100, 120).less(service));
  }
}
