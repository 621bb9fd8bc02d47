package dev.diver.deploy.pipeline;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * List scheduling: goes forward in time, and starts whatever is ready and fits, by priority. One
 * object makes one schedule after another of the same workload.
 */
final class ListSchedule {

  private final Workload workload;
  private final int count;
  private final int[] cores;
  private final long[] memory;
  private final long[] millis;
  private final int[][] followers;
  private final int[] predecessors;
  private final BitSet[] named;

  /** Cores that some job names: others take them last. */
  private final BitSet wanted = new BitSet();

  private final int[] place;
  private final int[] waiting;
  private final long[] starts;
  private final long[] ends;
  private final BitSet[] taken;
  private final BitSet ready = new BitSet();
  private final BitSet free = new BitSet();
  private final PriorityQueue<Integer> running;
  private long freeMemory;
  private long makespan;
  private long steps;

  /** For schedules of this workload; {@code backward}: in which time runs from the end. */
  ListSchedule(Workload workload, boolean backward) {
    this.workload = workload;
    List<Job> jobs = workload.jobs();
    count = jobs.size();
    cores = jobs.stream().mapToInt(Job::cores).toArray();
    memory = jobs.stream().mapToLong(Job::memory).toArray();
    millis = jobs.stream().mapToLong(Job::millis).toArray();
    List<List<Integer>> forward = workload.followers();
    followers = new int[count][];
    predecessors = new int[count];
    named = new BitSet[count];
    taken = new BitSet[count];
    for (int i = 0; i < count; i++) {
      List<Integer> after = jobs.get(i).after();
      followers[i] = ints(backward ? after : forward.get(i));
      predecessors[i] = (backward ? forward.get(i) : after).size();
      named[i] = bits(jobs.get(i).named());
      wanted.or(named[i]);
      taken[i] = new BitSet();
    }
    place = new int[count];
    waiting = new int[count];
    starts = new long[count];
    ends = new long[count];
    running = new PriorityQueue<>(Comparator.comparingLong(job -> ends[job]));
  }

  private static int[] ints(List<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).toArray();
  }

  private static BitSet bits(List<Integer> numbers) {
    BitSet bits = new BitSet();
    numbers.forEach(bits::set);
    return bits;
  }

  /**
   * Makes a schedule.
   *
   * @param order the jobs, the most urgent first
   * @param reserve whether the most urgent job that does not fit yet has its place kept, so that
   *     only such others start as do not delay it (EASY backfilling; Lifka, "The ANL/IBM SP
   *     scheduling system", 1995)
   * @return its makespan in milliseconds
   */
  long run(int[] order, boolean reserve) {
    reset(order);
    long now = 0;
    while (true) {
      startReady(order, now, reserve);
      Integer next = running.poll();
      if (next == null) {
        break;
      }
      now = ends[next];
      end(next);
      for (Integer also = running.peek();
          also != null && ends[also] == now;
          also = running.peek()) {
        end(running.remove());
      }
    }
    makespan = now;
    return makespan;
  }

  private void reset(int[] order) {
    ready.clear();
    free.set(0, workload.cores());
    freeMemory = workload.memory();
    for (int i = 0; i < count; i++) {
      place[order[i]] = i;
    }
    for (int i = 0; i < count; i++) {
      waiting[i] = predecessors[i];
      if (waiting[i] == 0) {
        ready.set(place[i]);
      }
    }
  }

  private void end(int job) {
    free.or(taken[job]);
    freeMemory += memory[job];
    for (int follower : followers[job]) {
      if (--waiting[follower] == 0) {
        ready.set(place[follower]);
      }
    }
  }

  private void startReady(int[] order, long now, boolean reserve) {
    Reservation kept = null;
    for (int at = ready.nextSetBit(0); at >= 0; at = ready.nextSetBit(at + 1)) {
      steps++;
      int job = order[at];
      if (fits(job) && (kept == null || kept.allows(job, now))) {
        ready.clear(at);
        start(job, now);
      } else if (reserve && kept == null) {
        kept = new Reservation(job);
      }
    }
  }

  private boolean fits(int job) {
    return memory[job] <= freeMemory
        && cores[job] <= free.cardinality()
        && (named[job].isEmpty() || named[job].stream().allMatch(free::get));
  }

  private void start(int job, long now) {
    steps++;
    starts[job] = now;
    ends[job] = now + millis[job];
    BitSet own = taken[job];
    own.clear();
    own.or(named[job]);
    free.andNot(own);
    take(own, cores[job] - own.cardinality(), false);
    take(own, cores[job] - own.cardinality(), true);
    freeMemory -= memory[job];
    running.add(job);
  }

  private void take(BitSet own, int number, boolean alsoWanted) {
    int left = number;
    for (int core = free.nextSetBit(0); left > 0 && core >= 0; core = free.nextSetBit(core + 1)) {
      if (wanted.get(core) == alsoWanted) {
        own.set(core);
        free.clear(core);
        left--;
      }
    }
  }

  /** The place that is kept for a job: when it can start, and what is left beside it then. */
  private final class Reservation {
    private long start;
    private int sparedCores;
    private long sparedMemory;

    Reservation(int job) {
      sparedCores = free.cardinality() - cores[job];
      sparedMemory = freeMemory - memory[job];
      BitSet missing = (BitSet) named[job].clone();
      missing.andNot(free);
      PriorityQueue<Integer> ending = new PriorityQueue<>(running);
      while (sparedCores < 0 || sparedMemory < 0 || !missing.isEmpty()) {
        int next = ending.remove(); // once all have ended, each job fits
        steps++;
        start = ends[next];
        sparedCores += cores[next];
        sparedMemory += memory[next];
        missing.andNot(taken[next]);
      }
      if (!named[job].isEmpty()) {
        sparedCores = 0; // others might take the cores that it names
      }
    }

    boolean allows(int job, long now) {
      if (now + millis[job] <= start) {
        return true;
      }
      boolean beside = cores[job] <= sparedCores && memory[job] <= sparedMemory;
      if (beside) {
        sparedCores -= cores[job];
        sparedMemory -= memory[job];
      }
      return beside;
    }
  }

  /** When each job of the last schedule starts. */
  long[] starts() {
    return starts.clone();
  }

  /** When each job of the last schedule ends. */
  long[] ends() {
    return ends.clone();
  }

  /** How much was looked at, over all schedules: a measure of time that is the same everywhere. */
  long steps() {
    return steps;
  }

  /** The last schedule. */
  Schedule schedule() {
    List<Schedule.Placed> placed = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      placed.add(new Schedule.Placed(starts[i], ends[i], taken[i].stream().boxed().toList()));
    }
    return new Schedule(placed, makespan);
  }
}
