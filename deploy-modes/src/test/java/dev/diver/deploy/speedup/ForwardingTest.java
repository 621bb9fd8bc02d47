package dev.diver.deploy.speedup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.diver.deploy.speedup.Forwarding.AllBut;
import dev.diver.deploy.speedup.Forwarding.Listed;
import dev.diver.deploy.speedup.Forwarding.Share;
import dev.diver.deploy.trace.SyscallUse;
import dev.diver.deploy.trace.Trace;
import dev.diver.kernels.failure.DiverException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** {@link Example#TRACE} has, by frequency: openat 2, brk 10, read 50, write 100. */
class ForwardingTest {

  private static Set<String> forwarded(Forwarding forwarding) {
    return forwarding.of(Example.TRACE);
  }

  @Test
  void takesTheLeastFrequentFirst() {
    Order least = new Order.LeastFrequent();
    assertEquals(Set.of(), forwarded(new Share(least, 0)));
    assertEquals(Set.of("openat", "brk"), forwarded(new Share(least, 0.5)));
    assertEquals(Set.of("openat", "brk", "read", "write"), forwarded(new Share(least, 1)));
    // 0.9 · 4 = 3.6, and 0.6 · 4 = 2.4: to the nearest
    assertEquals(4, forwarded(new Share(least, 0.9)).size());
    assertEquals(2, forwarded(new Share(least, 0.6)).size());
  }

  @Test
  void takesTheMostFrequentFirst() {
    assertEquals(Set.of("write", "read"), forwarded(new Share(new Order.MostFrequent(), 0.5)));
  }

  @Test
  void takesWhatIsAsFrequentByName() {
    List<SyscallUse> alike =
        List.of(Example.use("read", 5, 1), Example.use("brk", 5, 2), Example.use("mmap", 5, 3));
    for (Order order : List.of(new Order.LeastFrequent(), new Order.MostFrequent())) {
      assertEquals(
          List.of("brk", "mmap", "read"),
          order.of(Example.trace(1, alike.toArray(SyscallUse[]::new))));
    }
  }

  @Test
  void shufflesAlikeForTheSameSeed() {
    List<String> names = new Order.Shuffled(1).of(Example.TRACE);
    assertEquals(names, new Order.Shuffled(1).of(Example.TRACE));
    assertEquals(names, new Order.Shuffled(1).of(reversed()));
    assertEquals(Set.of("openat", "brk", "read", "write"), new HashSet<>(names));
    // 24 orders, 200 seeds: the chance that one of them is missing is 24·(23/24)^200 = 0.5 %
    Set<List<String>> orders =
        LongStream.range(0, 200)
            .mapToObj(seed -> new Order.Shuffled(seed).of(Example.TRACE))
            .collect(Collectors.toSet());
    assertEquals(24, orders.size());
  }

  private static Trace reversed() {
    return Example.trace(9000, Example.TRACE.syscalls().reversed().toArray(SyscallUse[]::new));
  }

  @Test
  void takesLists() {
    assertEquals(Set.of("read"), forwarded(new Listed(Set.of("read", "mmap"))));
    assertEquals(Set.of("openat", "brk", "write"), forwarded(new AllBut(Set.of("read", "mmap"))));
  }

  @Test
  void refusesWhatIsNoShare() {
    for (double share : new double[] {-0.1, 1.1, Double.NaN}) {
      assertThrows(DiverException.class, () -> new Share(new Order.LeastFrequent(), share));
    }
  }
}
