package dev.diver.cli.command;

import dev.diver.cli.output.Quantity;
import dev.diver.cli.output.Shell;
import dev.diver.deploy.DeployMode;
import dev.diver.deploy.delegation.DelegationProfile;
import dev.diver.deploy.delegation.DelegationProfile.CallCost;
import dev.diver.deploy.delegation.DelegationProfiles;
import dev.diver.deploy.delegation.PublishedSystem;
import dev.diver.deploy.speedup.Forwarding;
import dev.diver.deploy.speedup.Gain;
import dev.diver.deploy.speedup.Order;
import dev.diver.deploy.trace.Trace;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The options that the commands of the speedup model share: which systems, and which calls they
 * forward.
 */
record SpeedupOptions(Given given, Kernels kernels, Shell shell) {

  /** What the paper forwards (figures 4 to 9). */
  private static final double USUAL_SHARE = 0.9;

  private static final String POLICIES = "min-frequency, max-frequency, random[:SEED]";

  /** Which calls are forwarded, and in words why. */
  private record Rule(Forwarding forwarding, String words) {}

  static SpeedupOptions of(Given given, Shell shell) {
    return new SpeedupOptions(given, Kernels.of(given, shell), shell);
  }

  /** Adds the options to a page. */
  static Page describe(Page page) {
    return page.repeated("--mode", "MODE", "this mode, as measured by diver calibrate; repeatable")
        .repeated(
            "--round-trip",
            "TIME",
            "a system with this round trip (2·f_c), such as 6.28us; repeatable")
        .option(
            "--forward",
            "WHICH",
            "which calls are forwarded: "
                + POLICIES
                + ", all, none, the list of a published system (McKernel), or names with commas"
                + " between")
        .option("--kernel", "REF", "forward what this kernel does not handle itself")
        .option(
            "--share",
            "SHARE",
            "of the distinct system calls, with a policy such as min-frequency (default 90%)")
        .catalog();
  }

  /** {@code --gain}, else the estimate that the paper makes. */
  double gain() {
    return given.value("--gain").map(text -> Amount.factor("--gain", text)).orElse(Gain.ESTIMATED);
  }

  /**
   * The systems that were asked for, else all modes that were measured and all that is published.
   */
  List<SpeedupTarget> targets(Trace trace) {
    Optional<Rule> rule = rule();
    DelegationProfiles profiles = new DelegationProfiles(kernels.home().profiles());
    List<SpeedupTarget> targets = new ArrayList<>();
    for (String mode : given.values("--mode")) {
      targets.add(target(measured(profiles, DeployMode.named(mode).name()), rule, trace));
    }
    given.values("--round-trip").forEach(text -> targets.add(target(text, rule, trace)));
    if (!targets.isEmpty()) {
      return targets;
    }
    List<DelegationProfile> measured = profiles.all();
    for (DelegationProfile profile : measured) {
      try {
        targets.add(target(profile, rule, trace));
      } catch (DiverException e) {
        shell.say(e.failure()); // a kernel that is gone; the others can still be projected
      }
    }
    if (measured.isEmpty()) {
      shell.say("No mode has been measured on this machine; measure with: diver calibrate");
    }
    for (PublishedSystem system : PublishedSystem.all()) {
      Rule its = rule.orElse(new Rule(system.forwarding(), system.source()));
      targets.add(
          new SpeedupTarget(
              system.name(),
              system.roundTripNanos(),
              its.forwarding.of(trace),
              Map.of(),
              its.words));
    }
    return targets;
  }

  private static DelegationProfile measured(DelegationProfiles profiles, String mode) {
    return profiles
        .find(mode)
        .orElseThrow(
            () ->
                new Failure(
                        Failure.Kind.NOT_FOUND,
                        "The mode " + mode + " has not been measured on this machine.",
                        "Measure it: diver calibrate --mode "
                            + mode
                            + "; or give its round trip: --round-trip 6.28us.")
                    .exception());
  }

  /** A mode forwards what its kernel does not handle, unless the user says something else. */
  private SpeedupTarget target(DelegationProfile profile, Optional<Rule> rule, Trace trace) {
    Rule its = rule.orElseGet(() -> kernel(profile.machine().kernel().reference()));
    Map<String, Double> local =
        profile.calls().stream()
            .filter(call -> call.local().isPresent())
            .collect(Collectors.toMap(CallCost::name, call -> call.local().getAsDouble()));
    return new SpeedupTarget(
        profile.mode(), profile.roundTripNanos(), its.forwarding.of(trace), local, its.words);
  }

  private SpeedupTarget target(String roundTrip, Optional<Rule> rule, Trace trace) {
    double nanos = Amount.nanos("--round-trip", roundTrip);
    Rule its = rule.orElse(new Rule(new Forwarding.AllBut(Set.of()), "all"));
    return new SpeedupTarget(
        "2·f_c = " + Quantity.nanos(nanos), nanos, its.forwarding.of(trace), Map.of(), its.words);
  }

  /** What {@code --forward}, {@code --kernel} and {@code --share} say. */
  private Optional<Rule> rule() {
    Optional<String> forward = given.value("--forward");
    Optional<String> kernel = given.value("--kernel");
    if (forward.isPresent() && kernel.isPresent()) {
      throw new UsageException(
          "--forward and --kernel both say what is forwarded.", "Give one of them.");
    }
    Optional<Order> order = forward.flatMap(SpeedupOptions::order);
    if (given.has("--share") && order.isEmpty()) {
      throw new UsageException(
          "--share is for a policy that chooses system calls.",
          "Add --forward min-frequency, max-frequency or random.");
    }
    if (order.isPresent()) {
      double share =
          given.value("--share").map(text -> Amount.share("--share", text)).orElse(USUAL_SHARE);
      return Optional.of(
          new Rule(
              new Forwarding.Share(order.get(), share),
              Quantity.percent(share) + ", " + forward.get()));
    }
    return forward.map(SpeedupOptions::listed).or(() -> kernel.map(this::kernel));
  }

  /** The policy's order, where {@code --forward} names a policy. */
  Optional<Order> order() {
    return given.value("--forward").flatMap(SpeedupOptions::order);
  }

  private static Optional<Order> order(String typed) {
    String[] words = typed.split(":", 2);
    return switch (words[0]) {
      case "min-frequency" -> Optional.of(new Order.LeastFrequent());
      case "max-frequency" -> Optional.of(new Order.MostFrequent());
      case "random" -> Optional.of(new Order.Shuffled(words.length == 1 ? 0 : seed(words[1])));
      default -> Optional.empty();
    };
  }

  private static long seed(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException _) {
      throw new UsageException(
          "\"" + text + "\" is not a seed for --forward.", "Give a whole number: random:7.");
    }
  }

  private static Rule listed(String typed) {
    for (PublishedSystem system : PublishedSystem.all()) {
      if (system.name().equalsIgnoreCase(typed)) {
        return new Rule(system.forwarding(), system.source());
      }
    }
    return switch (typed) {
      case "all" -> new Rule(new Forwarding.AllBut(Set.of()), "all");
      case "none" -> new Rule(new Forwarding.Listed(Set.of()), "none");
      default -> new Rule(new Forwarding.Listed(Amount.syscalls("--forward", typed)), "as listed");
    };
  }

  private Rule kernel(String reference) {
    Set<String> handled =
        Set.copyOf(
            kernels.store().spec(kernels.here(Given.reference(reference))).syscalls().handled());
    if (handled.isEmpty()) {
      throw new Failure(
              Failure.Kind.UNSUPPORTED,
              "The kernel " + reference + " does not say which system calls it handles.",
              "Say what is forwarded with --forward.")
          .exception();
    }
    return new Rule(new Forwarding.AllBut(handled), "what " + reference + " does not handle");
  }
}
