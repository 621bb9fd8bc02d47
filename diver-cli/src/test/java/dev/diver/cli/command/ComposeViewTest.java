package dev.diver.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.diver.deploy.pipeline.Capacity;
import dev.diver.deploy.pipeline.PipelinePlan;
import dev.diver.deploy.pipeline.RunEvent;
import dev.diver.deploy.pipeline.TaskGraph;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ComposeViewTest {

  private static final PipelinePlan PLAN =
      new PipelinePlan(
          new TaskGraph(List.of(), List.of()),
          new Capacity(List.of(0, 1), 1),
          List.of(),
          0,
          0,
          0,
          List.of(),
          0);

  private final ComposeView view = new ComposeView(PLAN);

  private String summary() {
    return view.lines(System.nanoTime()).getLast().split(",", -1)[0].strip();
  }

  private void tried(int attempt, int status) {
    for (String task : List.of("writer", "reader")) {
      view.accept(new RunEvent.Started(task, attempt, 1, List.of()));
    }
    for (String task : List.of("writer", "reader")) {
      view.accept(new RunEvent.Ended(task, status, false, Duration.ZERO, List.of()));
    }
  }

  /** Where one is tried again, so are those that streams join it to. */
  @Test
  void countsEachStageOnce() {
    tried(1, 1);
    view.accept(new RunEvent.Retried("reader", 0));
    tried(2, 0);
    assertEquals("2 of 0 stages over", summary());
    view.accept(new RunEvent.Skipped("after"));
    assertEquals("3 of 0 stages over", summary());
  }
}
