package dev.diver.deploy.run;

import dev.diver.deploy.machine.Json;
import java.io.ByteArrayOutputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

/**
 * What is known of a dive from outside of it.
 *
 * @param name of the dive
 * @param mode that carries it out
 * @param kernel as the request named it
 * @param app the executable's path, or empty
 * @param started when
 * @param detached whether its folder stays when it has ended
 * @param supervisor the Diver process that answers for it
 * @param host the address of the machine that it is on; empty for this one
 * @param result how it ended, in a few words; empty while it runs
 */
public record RunState(
    String name,
    String mode,
    String kernel,
    Optional<String> app,
    Instant started,
    boolean detached,
    ProcessIdentity supervisor,
    Optional<String> host,
    Optional<String> result) {

  /** Whether it has not ended and somebody answers for it. */
  public boolean running() {
    return result.isEmpty() && supervisor.alive();
  }

  /** The same dive, ended. */
  public RunState ended(String how) {
    return new RunState(
        name, mode, kernel, app, started, detached, supervisor, host, Optional.of(how));
  }

  byte[] toJson() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = Json.FACTORY.createGenerator(ObjectWriteContext.empty(), bytes)) {
      json.writeStartObject();
      json.writeStringProperty("name", name);
      json.writeStringProperty("mode", mode);
      json.writeStringProperty("kernel", kernel);
      app.ifPresent(path -> json.writeStringProperty("app", path));
      json.writeStringProperty("started", started.toString());
      json.writeBooleanProperty("detached", detached);
      json.writeNumberProperty("pid", supervisor.pid());
      json.writeNumberProperty("pid_start", supervisor.startTicks());
      json.writeStringProperty("pid_machine", supervisor.machine());
      host.ifPresent(address -> json.writeStringProperty("host", address));
      result.ifPresent(how -> json.writeStringProperty("result", how));
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }

  static Optional<RunState> parse(byte[] bytes) {
    return Json.object(bytes, 0, bytes.length).flatMap(RunState::parse);
  }

  private static Optional<RunState> parse(Map<String, Object> json) {
    try {
      return Optional.of(
          new RunState(
              Json.text(json, "name").orElseThrow(),
              Json.text(json, "mode").orElseThrow(),
              Json.text(json, "kernel").orElseThrow(),
              Json.text(json, "app"),
              Instant.parse(Json.text(json, "started").orElseThrow()),
              Boolean.TRUE.equals(json.get("detached")),
              new ProcessIdentity(
                  Json.number(json, "pid").orElseThrow(),
                  Json.number(json, "pid_start").orElseThrow(),
                  Json.text(json, "pid_machine").orElse(ProcessIdentity.THIS_MACHINE)),
              Json.text(json, "host"),
              Json.text(json, "result")));
    } catch (NoSuchElementException | DateTimeException e) {
      return Optional.empty();
    }
  }
}
