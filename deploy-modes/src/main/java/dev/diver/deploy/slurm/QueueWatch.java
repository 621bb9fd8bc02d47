package dev.diver.deploy.slurm;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What Slurm has done with jobs that no file tells of. It is asked seldom, since many ask it: files
 * tell what is usual.
 */
final class QueueWatch {

  /** What has become of a gang's job: it is over, or queued once more. */
  record Found(SubmittedGang gang, SeenJob seen) {}

  private static final Duration LEAST_PAUSE = Duration.ofSeconds(2);
  private static final Duration MOST_PAUSE = Duration.ofSeconds(20);

  /** Where somebody waits for what Slurm has to say of a job that has ended. */
  private static final Duration SHORT_PAUSE = Duration.ofMillis(500);

  /** How long a job's last words may take through a network file system (nfs(5), acregmax). */
  private static final Duration LONGEST_WAY = Duration.ofSeconds(65);

  /** A job that never began, or was killed, has no last words. */
  private static final Duration SHORT_WAY = Duration.ofSeconds(3);

  private final Slurm slurm;
  private Duration pause = LEAST_PAUSE;
  private long asked = System.nanoTime();

  QueueWatch(Slurm slurm) {
    this.slurm = slurm;
  }

  /** Files have told of something, so that there may be more. */
  void hurry() {
    pause = LEAST_PAUSE;
  }

  boolean isDue() {
    return isPast(asked, pause);
  }

  private static boolean isPast(long since, Duration time) {
    return System.nanoTime() - since > time.toNanos();
  }

  /** Asks for all gangs that are not over; nothing where the controller does not answer. */
  List<Found> ask(List<SubmittedGang> gangs) throws InterruptedException {
    Optional<Map<String, SeenJob>> queue = slurm.queue();
    asked = System.nanoTime();
    Duration longer = pause.multipliedBy(3).dividedBy(2);
    pause = longer.compareTo(MOST_PAUSE) < 0 ? longer : MOST_PAUSE;
    List<Found> found = new ArrayList<>();
    if (queue.isEmpty()) {
      return found; // it is being restarted; the jobs do not need it
    }
    for (SubmittedGang gang : gangs) {
      Optional<SeenJob> seen = Optional.ofNullable(queue.get().get(gang.job));
      if (!gang.isOver) {
        boolean lives = seen.filter(there -> !there.isOver()).isPresent();
        Optional<SeenJob> news = lives ? living(gang, seen.orElseThrow()) : gone(gang, seen);
        news.ifPresent(there -> found.add(new Found(gang, there)));
      }
    }
    return found;
  }

  private Optional<SeenJob> living(SubmittedGang gang, SeenJob seen) {
    gang.gone = Optional.empty();
    if (seen.isQueued() && !gang.isToBegin) {
      return Optional.of(seen);
    }
    if (gang.said.isEmpty()) {
      return Optional.empty();
    }
    pause = SHORT_PAUSE; // it is over when all of its processes are gone
    return isPast(gang.said.get().at(), LONGEST_WAY)
        ? Optional.of(SeenJob.UNKNOWN)
        : Optional.empty();
  }

  private Optional<SeenJob> gone(SubmittedGang gang, Optional<SeenJob> seen)
      throws InterruptedException {
    pause = LEAST_PAUSE;
    if (gang.said.isEmpty() && gang.gone.isEmpty()) {
      gang.gone = Optional.of(System.nanoTime());
    }
    return gang.said.isPresent() || isPast(gang.gone.orElseThrow(), wayOfWords(seen))
        ? Optional.of(slurm.show(gang.job).or(() -> seen).orElse(SeenJob.UNKNOWN))
        : Optional.empty();
  }

  private static Duration wayOfWords(Optional<SeenJob> seen) {
    return seen.filter(SeenJob::endedByItself).isPresent() ? LONGEST_WAY : SHORT_WAY;
  }
}
