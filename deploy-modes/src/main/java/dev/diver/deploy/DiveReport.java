package dev.diver.deploy;

import dev.diver.deploy.machine.Json;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

/**
 * What a dive came to. Durations named after a clock are that clock's; what the kernel tells about
 * itself is not checked.
 *
 * @param name of the dive
 * @param mode that carried it out
 * @param kernel as the request named it
 * @param outcome how it ended
 * @param wall from the start of the machine to its end, the host's clock
 * @param appStart from the start of the machine to the app's, the host's clock, to some 5 ms
 * @param boot from the kernel's entry to the app's first instruction, the kernel's clock
 * @param run from the app's first instruction to its end, the kernel's clock
 * @param syscalls calls that were made, in the kernel's order
 * @param memory the app's use, where the kernel tells
 * @param delegate what the agent did for the app, where there was one
 * @param emulation how forwarding was emulated, where it was
 */
public record DiveReport(
    String name,
    String mode,
    String kernel,
    Outcome outcome,
    Duration wall,
    Optional<Duration> appStart,
    Optional<Duration> boot,
    Optional<Duration> run,
    List<SyscallCount> syscalls,
    Optional<MemoryUse> memory,
    Optional<DelegateUse> delegate,
    Optional<EmulationUse> emulation) {

  /** Of a machine that was booted. */
  public DiveReport(
      String name,
      String mode,
      String kernel,
      Outcome outcome,
      Duration wall,
      Optional<Duration> appStart,
      Optional<Duration> boot,
      Optional<Duration> run,
      List<SyscallCount> syscalls,
      Optional<MemoryUse> memory,
      Optional<DelegateUse> delegate) {
    this(
        name,
        mode,
        kernel,
        outcome,
        wall,
        appStart,
        boot,
        run,
        syscalls,
        memory,
        delegate,
        Optional.empty());
  }

  /**
   * How forwarding was emulated.
   *
   * @param mechanism by which system calls were caught
   * @param floor the least round trip here, the median of many
   * @param roundTrip that was asked for, or the floor
   * @param trap what a call that is not forwarded took longer for being caught
   * @param core that the delegates had to themselves
   * @param outside programs whose calls were not caught, with why (setuid, not readable)
   */
  public record EmulationUse(
      String mechanism,
      Duration floor,
      Duration roundTrip,
      Duration trap,
      int core,
      Map<String, String> outside) {}

  /**
   * How often the app made one system call.
   *
   * @param number Linux's
   * @param name Linux's
   * @param local times the kernel served it
   * @param forwarded times a Linux served it
   * @param unsupported times it was answered ENOSYS
   * @param cost of forwarding it, where it was forwarded
   */
  public record SyscallCount(
      int number, String name, long local, long forwarded, long unsupported, Optional<Cost> cost) {
    /** All of them. */
    public long all() {
      return local + forwarded + unsupported;
    }
  }

  /**
   * What the forwarded calls of one kind took, in all.
   *
   * @param forwarding from the kernel to the agent and back
   * @param service in the call itself, on the Linux that served it
   * @param waiting at the agent, before it was executed
   */
  public record Cost(Duration forwarding, Duration service, Duration waiting) {
    /** Nothing. */
    public static final Cost ZERO = new Cost(Duration.ZERO, Duration.ZERO, Duration.ZERO);

    /** Both. */
    public Cost plus(Cost other) {
      return new Cost(
          forwarding.plus(other.forwarding),
          service.plus(other.service),
          waiting.plus(other.waiting));
    }

    /** All three. */
    public Duration total() {
      return forwarding.plus(service).plus(waiting);
    }
  }

  /**
   * What the agent did.
   *
   * @param requests that it executed
   * @param faults requests that it sent back because a page was not there
   * @param mirrored bytes of the app's memory that it looked at
   * @param sleeps times it had nothing to do for so long that it slept
   * @param threads that it served with
   * @param confined by what
   * @param refused calls that it does not execute for anybody, by name, with how often
   */
  public record DelegateUse(
      long requests,
      long faults,
      long mirrored,
      long sleeps,
      int threads,
      List<String> confined,
      Map<String, Long> refused) {}

  /** What forwarding cost the whole run. */
  public Cost cost() {
    return syscalls.stream().flatMap(call -> call.cost().stream()).reduce(Cost.ZERO, Cost::plus);
  }

  /**
   * Memory in bytes.
   *
   * @param heap the app's heap at its end
   * @param total what the machine has
   * @param peak the most that was used
   */
  public record MemoryUse(long heap, long total, long peak) {}

  /** This report as one JSON object (UTF-8); times in microseconds. */
  public byte[] toJson() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = Json.FACTORY.createGenerator(ObjectWriteContext.empty(), bytes)) {
      json.writeStartObject();
      json.writeStringProperty("name", name);
      json.writeStringProperty("mode", mode);
      json.writeStringProperty("kernel", kernel);
      json.writeName("outcome");
      write(json, outcome);
      json.writeNumberProperty("wall_us", micros(wall));
      appStart.ifPresent(time -> json.writeNumberProperty("app_start_us", micros(time)));
      boot.ifPresent(time -> json.writeNumberProperty("boot_us", micros(time)));
      run.ifPresent(time -> json.writeNumberProperty("run_us", micros(time)));
      json.writeArrayPropertyStart("syscalls");
      syscalls.forEach(call -> write(json, call));
      json.writeEndArray();
      if (delegate.isPresent()) {
        writeForwarding(json);
        write(json, delegate.get());
      }
      if (emulation.isPresent()) {
        writeForwarding(json);
        write(json, emulation.get());
      }
      memory.ifPresent(use -> write(json, use));
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }

  private static void write(JsonGenerator json, Outcome outcome) {
    json.writeStartObject();
    switch (outcome) {
      case Outcome.Exited(int status) -> {
        json.writeStringProperty("kind", "exited");
        json.writeNumberProperty("status", status);
      }
      case Outcome.Signalled signalled -> write(json, signalled);
      case Outcome.Panicked(String message) -> text(json, "panicked", "message", message);
      case Outcome.Refused(String message) -> text(json, "refused", "message", message);
      case Outcome.TimedOut(Duration timeout, Optional<Outcome.NeverCameUp> beforeUp) -> {
        json.writeStringProperty("kind", "timed-out");
        json.writeNumberProperty("timeout_us", micros(timeout));
        beforeUp.ifPresent(never -> write(json, never));
      }
      case Outcome.Stopped(Outcome.Reason reason) ->
          text(json, "stopped", "reason", reason.words().replace(' ', '-'));
      case Outcome.NeverCameUp never -> {
        json.writeStringProperty("kind", "never-came-up");
        write(json, never);
      }
      case Outcome.Untold(String how, String console) -> {
        text(json, "untold", "how", how);
        json.writeStringProperty("console", console);
      }
    }
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, Outcome.Signalled signalled) {
    json.writeStringProperty("kind", "signalled");
    json.writeNumberProperty("signal", signalled.signal());
    signalled.faultAddress().ifPresent(a -> json.writeStringProperty("fault_addr", a));
    signalled.reason().ifPresent(r -> json.writeStringProperty("reason", r));
    signalled.symbol().ifPresent(s -> json.writeStringProperty("symbol", s));
    json.writeObjectPropertyStart("registers");
    for (Map.Entry<String, String> register : signalled.registers().entrySet()) {
      json.writeStringProperty(register.getKey(), register.getValue());
    }
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, Outcome.NeverCameUp never) {
    json.writeStringProperty("how", never.how());
    json.writeStringProperty("console", never.console());
    json.writeStringProperty("screen", never.screen());
    json.writeArrayPropertyStart("hints");
    never.hints().forEach(json::writeString);
    json.writeEndArray();
  }

  private static void write(JsonGenerator json, SyscallCount call) {
    json.writeStartObject();
    json.writeNumberProperty("nr", call.number());
    json.writeStringProperty("name", call.name());
    json.writeNumberProperty("local", call.local());
    json.writeNumberProperty("forwarded", call.forwarded());
    json.writeNumberProperty("unsupported", call.unsupported());
    call.cost().ifPresent(cost -> write(json, cost));
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, Cost cost) {
    json.writeNumberProperty("forwarding_ns", cost.forwarding().toNanos());
    json.writeNumberProperty("service_ns", cost.service().toNanos());
    json.writeNumberProperty("waiting_ns", cost.waiting().toNanos());
  }

  /** Sums over all calls; the share is of the app's own time, of all its threads. */
  private void writeForwarding(JsonGenerator json) {
    json.writeObjectPropertyStart("forwarding");
    json.writeNumberProperty("local", syscalls.stream().mapToLong(SyscallCount::local).sum());
    json.writeNumberProperty(
        "forwarded", syscalls.stream().mapToLong(SyscallCount::forwarded).sum());
    write(json, cost());
    shareOfRun().ifPresent(share -> json.writeNumberProperty("share_of_run", share));
    json.writeEndObject();
  }

  /** The part of the app's run that its threads spent on forwarded calls, where both are known. */
  public Optional<Double> shareOfRun() {
    return run.filter(time -> !time.isZero())
        .map(time -> (double) cost().total().toNanos() / time.toNanos());
  }

  private static void write(JsonGenerator json, DelegateUse use) {
    json.writeObjectPropertyStart("delegate");
    json.writeNumberProperty("requests", use.requests());
    json.writeNumberProperty("faults", use.faults());
    json.writeNumberProperty("mirrored_bytes", use.mirrored());
    json.writeNumberProperty("sleeps", use.sleeps());
    json.writeNumberProperty("threads", use.threads());
    json.writeArrayPropertyStart("confined");
    use.confined().forEach(json::writeString);
    json.writeEndArray();
    json.writeObjectPropertyStart("refused");
    use.refused().forEach(json::writeNumberProperty);
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, EmulationUse use) {
    json.writeObjectPropertyStart("emulation");
    json.writeStringProperty("mechanism", use.mechanism());
    json.writeNumberProperty("floor_ns", use.floor().toNanos());
    json.writeNumberProperty("round_trip_ns", use.roundTrip().toNanos());
    json.writeNumberProperty("trap_ns", use.trap().toNanos());
    json.writeNumberProperty("delegate_core", use.core());
    json.writeObjectPropertyStart("outside");
    use.outside().forEach(json::writeStringProperty);
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, MemoryUse use) {
    json.writeObjectPropertyStart("memory");
    json.writeNumberProperty("heap_bytes", use.heap());
    json.writeNumberProperty("total_bytes", use.total());
    json.writeNumberProperty("peak_bytes", use.peak());
    json.writeEndObject();
  }

  private static void text(JsonGenerator json, String kind, String name, String value) {
    json.writeStringProperty("kind", kind);
    json.writeStringProperty(name, value);
  }

  private static long micros(Duration time) {
    return time.toNanos() / 1000;
  }
}
