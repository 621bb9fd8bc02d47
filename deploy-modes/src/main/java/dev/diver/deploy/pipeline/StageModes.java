package dev.diver.deploy.pipeline;

import dev.diver.deploy.delegation.DelegationProfile;
import dev.diver.deploy.delegation.DelegationProfile.CallCost;
import dev.diver.deploy.delegation.DelegationProfiles;
import dev.diver.deploy.speedup.Forwarding;
import dev.diver.deploy.speedup.Gain;
import dev.diver.deploy.speedup.Split;
import dev.diver.deploy.trace.DiveReportTrace;
import dev.diver.deploy.trace.Trace;
import dev.diver.deploy.trace.TraceJson;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.ModeName;
import dev.diver.kernels.store.DiverHome;
import dev.diver.kernels.store.KernelStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How stages are deployed that leave it to Diver: in the mode in which the refined speedup model
 * (Tauro, Liu and Hale, equation 11) has them fastest, from a trace of the stage on Linux, what
 * forwarding costs in each mode that was measured here, and which calls the kernel handles. What
 * starting a machine takes is no part of the model.
 */
public final class StageModes {

  /** What a stage says that leaves its mode to Diver. */
  public static final String AUTO = "auto";

  /** A stage in one mode, by the model. */
  private record Projection(
      String mode, double nanos, double speedup, double roundTrip, long calls, double gain) {}

  private final DelegationProfiles profiles;
  private final KernelStore store;
  private final Optional<String> usual;
  private final Optional<Capacity> capacity;
  private final Map<String, String> reasons = new LinkedHashMap<>();
  private final Map<Path, Trace> traces = new HashMap<>();

  /**
   * From what is known on this machine.
   *
   * @param home where kernels and what forwarding costs are
   * @param usual the mode of nets and executables that say none; none: the net's own
   * @param capacity what a stage has to fit into
   */
  public StageModes(DiverHome home, Optional<String> usual, Optional<Capacity> capacity) {
    this.profiles = new DelegationProfiles(home.profiles());
    this.store = KernelStore.open(home.store());
    this.usual = usual;
    this.capacity = capacity;
  }

  /** The pipeline with a mode for each stage that left it open; its stages were checked. */
  public Pipeline chosen(Pipeline pipeline) {
    Map<String, Stage> stages = new LinkedHashMap<>();
    pipeline
        .stages()
        .forEach(
            (name, stage) -> {
              Optional<String> mode = stage.isDive() ? stage.mode().or(() -> usual) : stage.mode();
              stages.put(
                  name,
                  mode.filter(AUTO::equals).isPresent()
                      ? chosen(pipeline, name, stage)
                      : stage.dived(mode, stage.delegate()));
            });
    return new Pipeline(pipeline.file(), pipeline.name(), pipeline.timeout(), stages);
  }

  /** Why each stage has its mode that left it open. */
  public Map<String, String> reasons() {
    return Collections.unmodifiableMap(new LinkedHashMap<>(reasons));
  }

  private Stage chosen(Pipeline pipeline, String name, Stage stage) {
    Stage open = stage.dived(Optional.empty(), stage.delegate());
    List<Projection> all =
        projections(pipeline, stage).stream()
            .filter(one -> fits(pipeline, open, one))
            .sorted(Comparator.comparingDouble(Projection::nanos))
            .toList();
    if (all.isEmpty()) {
      String mode = open.divedIn(pipeline.net(open));
      reasons.put(name, mode + ", as no other is: " + lacking(stage));
      return open.dived(Optional.of(mode), stage.delegate());
    }
    Projection best = all.getFirst();
    reasons.put(
        name, all.stream().map(StageModes::words).collect(Collectors.joining("; rather than ")));
    return deployed(open, best);
  }

  /** A full VM forwards what its kernel does not handle where it has a delegate. */
  private static Stage deployed(Stage stage, Projection in) {
    return stage.dived(
        Optional.of(in.mode),
        stage.delegate() || (in.mode.equals(ModeName.FULL_VM) && in.calls > 0));
  }

  private boolean fits(Pipeline pipeline, Stage stage, Projection in) {
    int cores = Demand.of(pipeline, deployed(stage, in)).cores();
    return capacity.map(there -> cores <= there.cores().size()).orElse(true);
  }

  private String lacking(Stage stage) {
    if (stage.trace().isEmpty()) {
      return "no trace is named, which diver trace records";
    }
    return profiles.all().isEmpty()
        ? "no mode is measured, which diver calibrate does"
        : "no mode is measured that its kernel runs in and that fits here";
  }

  private static String words(Projection one) {
    return String.format(
        Locale.ROOT,
        "%s: %.3f times as fast as this Linux (%,d calls forwarded at %.2f µs, γ %.2f)",
        one.mode,
        one.speedup,
        one.calls,
        one.roundTrip / 1e3,
        one.gain);
  }

  /** How long a run of a stage takes by the model, in milliseconds; empty where it has no trace. */
  Optional<Long> millis(Pipeline pipeline, Stage stage) {
    if (stage.trace().isEmpty()) {
      return Optional.empty();
    }
    Optional<String> mode = Demand.of(pipeline, stage).mode();
    if (mode.isEmpty()) {
      double nanos = Split.of(trace(pipeline, stage), Set.of()).nativeNanos();
      return Optional.of(Math.round(nanos / 1e6));
    }
    return projections(pipeline, stage).stream()
        .filter(one -> one.mode.equals(mode.get()))
        .findFirst()
        .map(one -> Math.round(one.nanos / 1e6));
  }

  /** In each mode that was measured here and that the stage's kernel runs in. */
  private List<Projection> projections(Pipeline pipeline, Stage stage) {
    Optional<KernelSpec> kernel = kernel(pipeline, stage);
    List<Projection> projections = new ArrayList<>();
    if (stage.trace().isEmpty() || kernel.isEmpty()) {
      return projections;
    }
    Trace trace = trace(pipeline, stage);
    Set<String> handled = Set.copyOf(kernel.get().syscalls().handled());
    for (DelegationProfile profile : profiles.all()) {
      boolean emulated = profile.mode().equals(ModeName.EMULATED);
      if (kernel.get().modes().containsKey(profile.mode()) || (emulated && !handled.isEmpty())) {
        projections.add(projection(trace, handled, profile, emulated ? 1 : Gain.ESTIMATED));
      }
    }
    return projections;
  }

  private static Projection projection(
      Trace trace, Set<String> handled, DelegationProfile profile, double gain) {
    Map<String, Double> local =
        profile.calls().stream()
            .filter(call -> call.local().isPresent())
            .collect(Collectors.toMap(CallCost::name, call -> call.local().getAsDouble()));
    Split split = Split.of(trace, new Forwarding.AllBut(handled).of(trace), local);
    double roundTrip = profile.roundTripNanos();
    return new Projection(
        profile.mode(),
        split.delegatedNanos(gain, roundTrip),
        split.speedup(gain, roundTrip),
        roundTrip,
        split.forwardedCalls(),
        gain);
  }

  private Optional<KernelSpec> kernel(Pipeline pipeline, Stage stage) {
    return stage.kernel(pipeline.net(stage)).flatMap(store::find).map(store::spec);
  }

  /** The trace that a stage names; a file is read once. */
  Trace trace(Pipeline pipeline, Stage stage) {
    Path file = pipeline.folder().resolve(stage.trace().orElseThrow()).normalize();
    return traces.computeIfAbsent(file, StageModes::read);
  }

  private static Trace read(Path file) {
    try {
      byte[] json = Files.readAllBytes(file);
      return DiveReportTrace.isOne(json)
          ? DiveReportTrace.read(json, file.toString())
          : TraceJson.read(json, file.toString());
    } catch (IOException e) {
      throw IoFailure.of("read", file, e);
    }
  }

  /** The graph with the best that is known of how long each task takes. */
  public TaskGraph estimated(Pipeline pipeline, TaskGraph graph, FormerTimes former) {
    return graph.estimated(
        task -> {
          Stage stage = pipeline.stage(task.stage());
          return former
              .of(task)
              .map(millis -> new Estimate(millis, Estimate.Source.FORMER_RUN))
              .or(
                  () ->
                      millis(pipeline, stage)
                          .map(millis -> new Estimate(millis, Estimate.Source.MODEL)));
        });
  }
}
