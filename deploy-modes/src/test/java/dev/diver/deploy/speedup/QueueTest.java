package dev.diver.deploy.speedup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.speedup.QueueSimulation.Delegator;
import dev.diver.deploy.speedup.QueueSimulation.Result;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueueTest {

  private static final int CALLS = 300_000;

  @Test
  void oneDelegate() {
    // λ = 3 · 20,000/s, μ = 100,000/s: W = 1/(100,000 − 60,000) − 1/100,000 = 25 − 10 = 15 µs
    double total = DelegateQueue.totalArrivals(List.of(20_000.0, 20_000.0, 20_000.0));
    DelegateQueue queue = new DelegateQueue(total, 100_000, 1);
    assertEquals(15_000, queue.waitingNanos(), 1e-9);
    assertEquals(0.6, queue.utilization());
    assertEquals(0.6, queue.waitingProbability(), 1e-15);
    assertEquals(10_000, queue.serviceNanos());
    assertEquals(0.9, queue.waitingCalls(), 1e-12); // 60,000/s · 15 µs
  }

  @Test
  void severalDelegates() {
    // a = 2, c = 3: terms a^k/k! = 1, 2, 2; last 8/6 · 1/(1 − 2/3) = 4; C = 4/(5 + 4) = 4/9
    DelegateQueue queue = new DelegateQueue(2, 1, 3);
    assertEquals(4.0 / 9, queue.waitingProbability(), 1e-15);
    // W = C/(3 − 2) s
    assertEquals(4e9 / 9, queue.waitingNanos(), 1e-6);
    assertEquals(8.0 / 9, queue.waitingCalls(), 1e-15);
    // a = 1, c = 2: C = 1/3 (terms 1, 1; last 1/2 · 2 = 1)
    assertEquals(1.0 / 3, new DelegateQueue(1, 1, 2).waitingProbability(), 1e-15);
  }

  @Test
  void manyDelegatesDoNotOverflow() {
    // 1000 Erlang and 1000! are both beyond a double; the queue is well behaved all the same
    assertTrue(new DelegateQueue(990, 1, 1000).waitingProbability() > 0.5);
    assertEquals(0, new DelegateQueue(1e-9, 1, 1000).waitingNanos());
    assertEquals(0, new DelegateQueue(0, 1, 1).waitingNanos());
  }

  @Test
  void keepsItsDigitsWhereTheQueueIsAlmostUnstable() {
    // λ = 1 − 2^-40: W = λ/(1 − λ) = 2^40 − 1 seconds, to the last digit
    DelegateQueue queue = new DelegateQueue(1 - 0x1p-40, 1, 1);
    assertEquals((0x1p40 - 1) * 1e9, queue.waitingNanos(), 1e6);
  }

  @ParameterizedTest
  @CsvSource({"1,1,1,2", "2.5,1,2,3", "200001,100000,2,3"})
  void refusesUnstableQueues(double arrivals, double services, int delegates, int needed) {
    Failure refused =
        assertThrows(DiverException.class, () -> new DelegateQueue(arrivals, services, delegates))
            .failure();
    assertTrue(refused.what().startsWith("The queue is unstable"), refused.what());
    assertTrue(refused.remedy().contains("at least " + needed + " "), refused.remedy());
    assertEquals(needed, DelegateQueue.fewestDelegates(arrivals, services));
    new DelegateQueue(arrivals, services, needed);
    assertThrows(
        DiverException.class,
        () ->
            new QueueSimulation(
                List.of(arrivals), services, delegates, Delegator.GOES_ON, ServiceTimes.PARETO));
  }

  @Test
  void refusesWhatIsNoQueue() {
    assertThrows(DiverException.class, () -> new DelegateQueue(-1, 1, 1));
    assertThrows(DiverException.class, () -> new DelegateQueue(Double.NaN, 1, 1));
    assertThrows(DiverException.class, () -> new DelegateQueue(0, 0, 1));
    assertThrows(DiverException.class, () -> new DelegateQueue(0, 1, 0));
    assertThrows(DiverException.class, () -> DelegateQueue.totalArrivals(List.of(-1.0)));
    assertThrows(
        DiverException.class, () -> simulation(1, 0.5, 1, ServiceTimes.EXPONENTIAL).run(1000, 1));
  }

  private static QueueSimulation simulation(
      int delegators, double arrivals, int delegates, ServiceTimes service) {
    return new QueueSimulation(
        Collections.nCopies(delegators, arrivals / delegators),
        1,
        delegates,
        Delegator.GOES_ON,
        service);
  }

  /**
   * 95 of 100 intervals hold the true mean: of these 40, all but 2 are to be expected; fewer than
   * 33 would have a chance of 1 in 1,000.
   */
  @Test
  void simulationAgreesWithTheFormula() {
    int within = 0;
    for (int delegates = 1; delegates <= 4; delegates++) {
      for (int seed = 0; seed < 10; seed++) {
        double arrivals = delegates * (0.2 + 0.06 * seed);
        Result result =
            simulation(1 + seed, arrivals, delegates, ServiceTimes.EXPONENTIAL).run(CALLS, seed);
        double exact = new DelegateQueue(arrivals, 1, delegates).waitingNanos();
        within += Math.abs(result.waitingNanos() - exact) <= result.marginNanos() ? 1 : 0;
        assertEquals(exact, result.waitingNanos(), 4 * result.marginNanos());
      }
    }
    assertTrue(within >= 33, within + " of 40 intervals hold the exact value");
  }

  /**
   * M/G/1 (Pollaczek and Khinchine): W = (1 + v)/2 times that of exponential service, v being the
   * squared coefficient of variation. At ρ = 0.5, μ = 1/s that is W = (1 + v)/2 seconds: 0.5 for
   * deterministic service. For the Pareto distribution with α = 1.5, L = 1, H = 1000:
   *
   * <p>E[X] = 1.5/0.5 · (1 − 1000^-0.5)/(1 − 1000^-1.5) = 2.905224, E[X²] = 3 · (1000^0.5 − 1)/(1 −
   * 1000^-1.5) = 91.871235, v = 91.871235/2.905224² − 1 = 9.884800, W = 5.442400 s
   */
  @ParameterizedTest
  @CsvSource({"EXPONENTIAL,1", "DETERMINISTIC,0.5", "PARETO,5.442400"})
  void otherServiceTimesWaitOtherwise(ServiceTimes service, double seconds) {
    assertEquals(seconds, (1 + service.squaredVariation()) / 2, 1e-6);
    Result result = simulation(3, 0.5, 1, service).run(10 * CALLS, 7);
    assertEquals(seconds * 1e9, result.waitingNanos(), 2 * result.marginNanos());
    assertTrue(result.marginNanos() < 0.15 * seconds * 1e9, result.toString());
  }

  /**
   * Two delegators that wait, λ = μ = 1/s (M/M/1//2): the states of 0, 1, 2 calls under way have
   * p_1 = 2·p_0 and p_2 = 2·p_0. One call waits in p_2 = 2/5 of the time, and 4/5 are served each
   * second: W = (2/5)/(4/5) = 0.5 s. A single delegator never waits for a delegate.
   */
  @Test
  void delegatorsThatWaitHoldEachOtherUpLess() {
    QueueSimulation two =
        new QueueSimulation(List.of(1.0, 1.0), 1, 1, Delegator.WAITS, ServiceTimes.EXPONENTIAL);
    Result result = two.run(CALLS, 3);
    assertEquals(0.5e9, result.waitingNanos(), 2 * result.marginNanos());
    assertTrue(result.marginNanos() < 0.02e9, result.toString());
    QueueSimulation one =
        new QueueSimulation(List.of(9.0), 1, 1, Delegator.WAITS, ServiceTimes.PARETO);
    assertEquals(new Result(0, 0), one.run(CALLS, 1));
  }

  @Test
  void aSeedGivesOneResult() {
    QueueSimulation simulation = simulation(2, 0.7, 1, ServiceTimes.PARETO);
    assertEquals(simulation.run(CALLS, 5), simulation.run(CALLS, 5));
    assertTrue(simulation.run(CALLS, 5).waitingNanos() != simulation.run(CALLS, 6).waitingNanos());
  }
}
