package dev.diver.cli.command;

import dev.diver.cli.output.Quantity;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Style;
import dev.diver.deploy.speedup.DelegateQueue;
import dev.diver.deploy.speedup.QueueSimulation;
import dev.diver.deploy.speedup.QueueSimulation.Delegator;
import dev.diver.deploy.speedup.ServiceTimes;
import dev.diver.deploy.speedup.Split;
import dev.diver.deploy.trace.Trace;
import dev.diver.kernels.failure.Failure;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** {@code diver speedup queue}. */
final class SpeedupQueue implements Verb {

  private static final int USUAL_CALLS = 1_000_000;

  /** A program that forwards, and where to. */
  private record Forwarded(SpeedupTarget target, Split split, double gain) {}

  /**
   * What is asked about.
   *
   * @param delegators n
   * @param perSecond λ_k of each
   * @param servicesPerSecond μ
   * @param delegates c
   * @param program where the rates come from, if from a trace
   */
  private record Question(
      int delegators,
      double perSecond,
      double servicesPerSecond,
      int delegates,
      Optional<Forwarded> program) {

    DelegateQueue queue() {
      return new DelegateQueue(
          DelegateQueue.totalArrivals(Collections.nCopies(delegators, perSecond)),
          servicesPerSecond,
          delegates);
    }
  }

  /** A simulation, and what came of it. */
  private record Simulated(
      ServiceTimes service, Delegator delegator, int calls, QueueSimulation.Result result) {}

  @Override
  public void describe(Page page) {
    page.description(
            """
            Says how long forwarded calls wait for a delegate, where several delegators share one \
            or a few: M/M/1 and M/M/c (Tauro, Liu and Hale, section 6). Each delegator forwards \
            calls at random times, and a delegate serves one at a time.

            With a trace, the rate of a delegator is that of the program's forwarded calls per \
            thread, the service time is their mean, and the waiting time is added to each \
            forwarded call of the refined model. Without, give --rate and --service.

            The formulas assume service times that spread exponentially, and delegators that go \
            on while they wait. --simulate shows what other times come to, --waiting delegators \
            that wait for their answers, as threads do.\
            """)
        .optionalArgument("TRACE", TraceInput.HELP)
        .option("--delegators", "N", "how many forward (default: the trace's threads, or 1)")
        .option("--delegates", "N", "how many serve (default 1)")
        .option("--rate", "RATE", "calls that each delegator forwards, such as 1000/s or 5/ms")
        .option("--service", "TIME", "how long a delegate needs for a call, such as 2us")
        .option("--gain", "FACTOR", "with a trace: the gain γ (default 1.04)")
        .option(
            "--simulate", "TIMES", "simulate service times: exponential, deterministic or pareto")
        .flag("--waiting", "simulate delegators that wait for each answer")
        .option("--calls", "N", "how many calls are simulated (default 1000000)")
        .option("--seed", "N", "of the simulation (default 1)");
    SpeedupOptions.describe(page)
        .json()
        .example(
            "Three threads with 20,000 calls a second each, and one delegate",
            "speedup queue --delegators 3 --rate 20000/s --service 10us")
        .example(
            "The same where some calls take much longer than others",
            "speedup queue --delegators 3 --rate 20000/s --service 10us --simulate pareto")
        .example(
            "Eight threads of a traced program that share two delegates",
            "speedup queue trace.json --round-trip 6.28us --delegators 8 --delegates 2");
  }

  @Override
  public int run(Given given, Shell shell) {
    Question question = question(given, shell);
    Optional<Simulated> simulated = simulated(given, question);
    // delegators that wait cannot overrun a delegate, which the formulas do not know
    boolean formula = simulated.filter(one -> one.delegator == Delegator.WAITS).isEmpty();
    Optional<DelegateQueue> queue = formula ? Optional.of(question.queue()) : Optional.empty();
    if (given.wantsJson()) {
      shell.printJson(tree(question, queue, simulated));
      return 0;
    }
    print(question, shell);
    queue.ifPresent(one -> print(one, shell));
    simulated.ifPresent(one -> note(shell, "simulated", words(one)));
    question.program.ifPresent(
        program -> printSpeedup(program, waitingNanos(queue, simulated), shell));
    return 0;
  }

  private static Question question(Given given, Shell shell) {
    Optional<Integer> delegators = given.number("--delegators");
    int delegates = given.number("--delegates").orElse(1);
    if (given.argument(0).isEmpty()) {
      for (String option : List.of("--mode", "--round-trip", "--forward", "--kernel", "--gain")) {
        if (given.has(option)) {
          throw new UsageException(
              option + " needs a trace.", "Name one: diver speedup queue TRACE " + option + " …");
        }
      }
      return new Question(
          count("--delegators", delegators.orElse(1)),
          Amount.perSecond("--rate", needed(given, "--rate")),
          1e9 / positiveNanos("--service", needed(given, "--service")),
          count("--delegates", delegates),
          Optional.empty());
    }
    Trace trace = TraceInput.read(given.required(0), shell);
    SpeedupOptions options = SpeedupOptions.of(given, shell);
    SpeedupTarget target = options.targets(trace).getFirst();
    Split split = target.split(trace);
    if (split.forwardedCalls() == 0) {
      throw new Failure(
              Failure.Kind.INVALID,
              "Nothing waits: " + target.name() + " forwards none of the program's calls.",
              "Say what is forwarded with --forward.")
          .exception();
    }
    double calls = split.forwardedCalls();
    Optional<String> rate = given.value("--rate");
    Optional<String> service = given.value("--service");
    double meanNanos = Math.max(split.remoteServiceNanos() / calls, Double.MIN_NORMAL);
    return new Question(
        count("--delegators", delegators.orElse(trace.threads().orElse(1))),
        rate.map(text -> Amount.perSecond("--rate", text))
            .orElse(1e9 * calls / split.nativeNanos()),
        1e9 / service.map(text -> positiveNanos("--service", text)).orElse(meanNanos),
        count("--delegates", delegates),
        Optional.of(new Forwarded(target, split, options.gain())));
  }

  private static String needed(Given given, String option) {
    return given
        .value(option)
        .orElseThrow(
            () ->
                new UsageException(
                    option + " is missing.", "Give --rate and --service, or name a trace."));
  }

  private static double positiveNanos(String option, String text) {
    double nanos = Amount.nanos(option, text);
    if (nanos == 0) {
      throw new UsageException(
          option + " cannot be " + text + ".", "Give a time that is more than 0.");
    }
    return nanos;
  }

  private static int count(String option, int number) {
    if (number < 1) {
      throw new UsageException(option + " cannot be " + number + ".", "Give 1 or more.");
    }
    return number;
  }

  private static Optional<Simulated> simulated(Given given, Question question) {
    if (!given.has("--simulate") && !given.has("--waiting")) {
      return Optional.empty();
    }
    ServiceTimes service =
        given.value("--simulate").map(SpeedupQueue::service).orElse(ServiceTimes.EXPONENTIAL);
    Delegator delegator = given.has("--waiting") ? Delegator.WAITS : Delegator.GOES_ON;
    int calls = given.number("--calls").orElse(USUAL_CALLS);
    QueueSimulation simulation =
        new QueueSimulation(
            Collections.nCopies(question.delegators, question.perSecond),
            question.servicesPerSecond,
            question.delegates,
            delegator,
            service);
    return Optional.of(
        new Simulated(
            service, delegator, calls, simulation.run(calls, given.number("--seed").orElse(1))));
  }

  private static ServiceTimes service(String typed) {
    return Arrays.stream(ServiceTimes.values())
        .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(typed))
        .findFirst()
        .orElseThrow(
            () ->
                new UsageException(
                    "There are no service times \"" + typed + "\".",
                    "Use exponential, deterministic or pareto."));
  }

  private static double waitingNanos(Optional<DelegateQueue> queue, Optional<Simulated> simulated) {
    return simulated
        .map(one -> one.result.waitingNanos())
        .or(() -> queue.map(DelegateQueue::waitingNanos))
        .orElseThrow();
  }

  private static void print(Question question, Shell shell) {
    double total = question.delegators * question.perSecond;
    note(
        shell,
        "arrivals",
        String.format(
            Locale.ROOT,
            "λ = %d × %s = %s",
            question.delegators,
            rate(question.perSecond),
            rate(total)));
    note(
        shell,
        "service",
        String.format(
            Locale.ROOT,
            "1/μ = %s for a call; %d delegate%s",
            Quantity.nanos(1e9 / question.servicesPerSecond),
            question.delegates,
            question.delegates == 1 ? "" : "s"));
  }

  private static void print(DelegateQueue queue, Shell shell) {
    note(
        shell,
        "busy",
        "ρ = "
            + Quantity.percent(queue.utilization())
            + " of the time; "
            + Quantity.percent(queue.waitingProbability())
            + " of the calls wait");
    note(
        shell,
        "waiting",
        "W = "
            + Quantity.nanos(queue.waitingNanos())
            + " in the mean, added to each call's round trip");
    note(
        shell,
        "queue",
        String.format(Locale.ROOT, "%.3g calls wait in the mean", queue.waitingCalls()));
  }

  private static String words(Simulated simulated) {
    return "W = "
        + Quantity.nanos(simulated.result.waitingNanos())
        + " ± "
        + Quantity.nanos(simulated.result.marginNanos())
        + " (95 %): "
        + simulated.service.name().toLowerCase(Locale.ROOT)
        + " service, "
        + (simulated.delegator == Delegator.WAITS ? "delegators that wait, " : "")
        + String.format(Locale.ROOT, "%,d calls", simulated.calls);
  }

  private static void printSpeedup(Forwarded program, double waitingNanos, Shell shell) {
    double roundTrip = program.target.roundTripNanos();
    note(
        shell,
        "speedup",
        SpeedupProject.number(program.split.speedup(program.gain, roundTrip + waitingNanos))
            + " on "
            + program.target.name()
            + " with this waiting, "
            + SpeedupProject.number(program.split.speedup(program.gain, roundTrip))
            + " without (γ = "
            + SpeedupProject.number(program.gain)
            + ")");
  }

  private static String rate(double perSecond) {
    return String.format(Locale.ROOT, perSecond < 100 ? "%.3g/s" : "%,.0f/s", perSecond);
  }

  private static void note(Shell shell, String label, String value) {
    shell.println(Style.DIM.of(String.format("%-10s", label), shell.colorOut()) + value);
  }

  private static Map<String, Object> tree(
      Question question, Optional<DelegateQueue> queue, Optional<Simulated> simulated) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("delegators", question.delegators);
    tree.put("delegates", question.delegates);
    tree.put("arrivals_per_second", question.delegators * question.perSecond);
    tree.put("services_per_second", question.servicesPerSecond);
    queue.ifPresent(
        one -> {
          tree.put("utilization", one.utilization());
          tree.put("waiting_probability", one.waitingProbability());
          tree.put("waiting_ns", one.waitingNanos());
          tree.put("waiting_calls", one.waitingCalls());
        });
    simulated.ifPresent(
        one -> {
          Map<String, Object> result = new LinkedHashMap<>();
          result.put("service", one.service.name().toLowerCase(Locale.ROOT));
          result.put("delegators_wait", one.delegator == Delegator.WAITS);
          result.put("calls", one.calls);
          result.put("waiting_ns", one.result.waitingNanos());
          result.put("margin_ns", one.result.marginNanos());
          result.put("confidence", QueueSimulation.CONFIDENCE);
          tree.put("simulation", result);
        });
    question.program.ifPresent(
        program -> {
          double roundTrip = program.target.roundTripNanos();
          double waiting = waitingNanos(queue, simulated);
          tree.put("system", program.target.name());
          tree.put("gain", program.gain);
          tree.put("speedup", program.split.speedup(program.gain, roundTrip));
          tree.put(
              "speedup_with_waiting", program.split.speedup(program.gain, roundTrip + waiting));
        });
    return tree;
  }
}
