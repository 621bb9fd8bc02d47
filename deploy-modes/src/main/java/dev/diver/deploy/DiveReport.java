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
    Optional<MemoryUse> memory) {

  /**
   * How often the app made one system call.
   *
   * @param number Linux's
   * @param name Linux's
   * @param local times the kernel served it
   * @param unsupported times it was answered ENOSYS
   */
  public record SyscallCount(int number, String name, long local, long unsupported) {}

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
      case Outcome.TimedOut(Duration timeout) -> {
        json.writeStringProperty("kind", "timed-out");
        json.writeNumberProperty("timeout_us", micros(timeout));
      }
      case Outcome.Stopped(Outcome.Reason reason) ->
          text(json, "stopped", "reason", reason.words().replace(' ', '-'));
      case Outcome.NeverCameUp(String console) -> text(json, "never-came-up", "console", console);
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

  private static void write(JsonGenerator json, SyscallCount call) {
    json.writeStartObject();
    json.writeNumberProperty("nr", call.number());
    json.writeStringProperty("name", call.name());
    json.writeNumberProperty("local", call.local());
    json.writeNumberProperty("unsupported", call.unsupported());
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
