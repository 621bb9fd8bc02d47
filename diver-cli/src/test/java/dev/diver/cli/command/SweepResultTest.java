package dev.diver.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.diver.deploy.chart.Chart;
import dev.diver.deploy.speedup.BreakEven;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SweepResultTest {

  /** A share goes in steps: the last that pays is above 1, and its mark is there, too. */
  @Test
  void aMarkLiesOnItsLine() {
    SweepRange share = SweepRange.parse("--over", "share=0..100%");
    SweepResult.Line line =
        new SweepResult.Line("one", List.of(1.5, 1.25, 0.75), new BreakEven.At(0.5), 1.25);
    Chart.Lines chart =
        assertInstanceOf(
            Chart.Lines.class,
            new SweepResult.Lines(share, List.of(0.0, 0.5, 1.0), List.of(line)).chart());
    assertEquals(new Chart.Point(50, 1.25), chart.marks().getFirst().at());
    assertEquals(new Chart.Point(50, 1.25), chart.series().getFirst().points().get(1));
  }
}
