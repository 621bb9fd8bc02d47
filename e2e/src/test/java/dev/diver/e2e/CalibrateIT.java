package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What forwarding costs is measured, stored and shown. How much it is, is no matter here. */
@ExtendWith(SharedCatalog.class)
class CalibrateIT {

  private static final JsonMapper JSON = new JsonMapper();

  @TempDir private static Path folder;

  private static Shell user;

  @BeforeAll
  static void pull(Catalog catalog) throws IOException {
    user = catalog.user(folder);
    Expect.success(user.diver("pull", "remora"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"full-vm", "partitioned-vm"})
  void measuresAMode(String mode) {
    Shell.Result measured = Expect.success(user.diver("calibrate", "--mode", mode, "--json"));
    JsonNode profile = JSON.readTree(measured.output()).get(0);
    assertEquals(mode, profile.get("mode").asString());
    assertEquals(
        List.of("fstat", "getpid", "uname", "write_to_console", "write_to_file"),
        texts(profile.get("calls"), "name").sorted().toList());
    for (JsonNode call : profile.get("calls")) {
      assertEquals(1000, call.get("trials").asInt());
      assertTrue(call.get("total_ns").asDouble() > 0, call::toString);
      assertTrue(call.get("service_ns").asDouble() > 0, call::toString);
      assertTrue(call.at("/round_trip/p99_ns").asDouble() > 0, call::toString);
    }
    assertEquals(List.of("write", "read"), texts(profile.get("payloads"), "call").toList());
    for (JsonNode payload : profile.get("payloads")) {
      assertEquals(22, payload.get("points").size()); // 0, and 1 to 2^20
    }
    assertTrue(Files.isRegularFile(user.home().resolve("profiles/" + mode + ".json")));
    Shell.Result shown =
        Expect.success(user.diver("calibrate", "--show", "--mode", mode, "--json"));
    assertEquals(measured.text(), shown.text());
  }

  private static Stream<String> texts(JsonNode array, String member) {
    return StreamSupport.stream(array.spliterator(), false)
        .map(element -> element.get(member).asString());
  }
}
