package dev.diver.deploy.vm;

import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveReport;
import dev.diver.deploy.Outcome;
import dev.diver.kernels.failure.Failure;
import java.time.Duration;
import java.util.Optional;

/** What a kernel and its agent told of a dive; nobody vouches for the kernel's part of it. */
public final class Told {

  private final GuestReport report;

  private Told(GuestReport report) {
    this.report = report;
  }

  /** Reads JSON lines. */
  public static Told read(byte[] lines) {
    return new Told(GuestReport.parse(lines));
  }

  /** Whether the app was entered. */
  public boolean booted() {
    return report.booted();
  }

  /** How the app or its kernel ended. */
  public Optional<Outcome> outcome() {
    return report.verdict();
  }

  /** Whether somebody asked the agent to end it. */
  public boolean stopped() {
    return report.agentStopped();
  }

  /** Why the agent gave up, where it did. */
  public Optional<Failure> agentFailure() {
    return report
        .agentError()
        .map(
            message ->
                report
                    .agentRemedy()
                    .map(remedy -> new Failure(Failure.Kind.UNSUPPORTED, message, remedy))
                    .orElseGet(
                        () ->
                            new Failure(
                                Failure.Kind.FAILED,
                                "The delegate agent gave up: " + message,
                                "Dive it again; diver doctor says what delegation lacks there.")));
  }

  /**
   * The report of the dive.
   *
   * @param outcome without a symbol
   */
  public DiveReport report(DivePlan plan, Outcome outcome, Duration wall) {
    return new DiveReport(
        plan.name(),
        plan.mode(),
        plan.request().kernel(),
        Faults.located(outcome, plan.request().app(), report.appBase()),
        wall,
        report.appStart(),
        report.boot(),
        report.run(),
        report.calls(),
        report.memory(),
        report.delegate());
  }
}
