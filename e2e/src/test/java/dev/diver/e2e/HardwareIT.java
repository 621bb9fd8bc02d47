package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Cores, memory and devices of a running Linux: given to co-kernels, resized, given back. */
@ExtendWith({SharedCatalog.class, SharedNode.class})
class HardwareIT {

  private static final JsonMapper JSON = new JsonMapper();

  @TempDir private static Path folder;
  private static Enclaves enclaves;
  private static Shell user;

  @BeforeAll
  static void reachTheNode(Catalog catalog, Node node) throws IOException {
    enclaves = Enclaves.of(catalog.user(folder), node);
    user = enclaves.user();
  }

  @AfterEach
  void allIsGivenBack() throws IOException {
    enclaves.endAll();
    enclaves.expectNothingLeft();
  }

  @Test
  void theStatusIsTheAppsAndTheReportSaysWhatItTook() {
    Path report = folder.resolve("report.json");
    Shell.Result dive =
        Expect.status(
            3,
            enclaves.dive(
                "--cpus",
                "2-2",
                "--memory",
                "64M@1",
                "--report-file",
                report.toString(),
                "/bin/busybox",
                "--",
                "sh",
                "-c",
                "echo out; echo err >&2; exit 3"));
    assertEquals("out\n", dive.text(), dive::toString);
    assertTrue(dive.errors().contains("err\n"), dive::toString);
    JsonNode told = JSON.readTree(report.toFile());
    assertEquals("exited", told.at("/outcome/kind").asString(), told::toString);
    assertTrue(told.at("/boot_us").asLong() > 0, told::toString);
    assertTrue(told.at("/app_start_us").asLong() > 0, told::toString);
    assertTrue(
        told.at("/syscalls").values().stream().anyMatch(call -> call.at("/forwarded").asLong() > 0),
        told::toString);
  }

  @Test
  void aDetachedDiveIsSeenReadInspectedAndStopped() {
    enclaves.start("heart", List.of("--memory", "64M"), "1");
    enclaves.expectCores("0-2");
    Enclaves.expectSaid("heart", Expect.success(user.diverHere("ps")));
    JsonNode there = enclaves.there().getFirst();
    assertEquals("heart", there.get("name").asString());
    assertEquals("running", there.get("state").asString());
    assertEquals("[3]", there.get("cores").toString());
    assertEquals(64 << 20, there.get("memory_bytes").asLong());
    JsonNode inspected = Enclaves.json(user.diverHere("inspect", "heart"));
    assertEquals("running", inspected.at("/enclave/state").asString(), inspected::toString);
    Expect.failure(
        user.diver(enclaves.diveWords("-d", "--name", "heart", "/bin/busybox")), "heart");
    Expect.failure(user.diver(enclaves.diveWords("-d", "-m", "64G", "/bin/busybox")), "65536 MiB");
    Expect.success(user.diverHere("stop", "heart"));
    enclaves.expectCores("0-3");
    assertEquals("ended", enclaves.state("heart"));
    assertTrue(enclaves.said("heart").getFirst().startsWith("cores 1, "));
    Expect.success(user.diverHere("stop", "heart")); // no error
    enclaves.stop("heart");
  }

  @Test
  void twoAreSideBySideEachWithItsOwn() {
    enclaves.start("left", List.of("--cpus", "1-1", "--memory", "64M@0"), "1");
    enclaves.start("right", List.of("--cpus", "3-3", "--memory", "64M@1"), "1");
    try {
      enclaves.expectCores("0,2");
      assertEquals(2, enclaves.there().size());
      Expect.failure(enclaves.dive("--cpus", "3-3", "/bin/busybox", "--", "true"), "right");
      Shell.Result third =
          enclaves.dive("--cpus", "2-2", "--memory", "64M", "/bin/busybox", "--", "echo", "three");
      assertEquals("three\n", Expect.success(third).text());
      enclaves.stop("left");
      enclaves.expectCores("0-2");
      assertEquals("running", enclaves.state("right"));
      Expect.success(user.diverHere(Enclaves.words("stop", "right")));
      Node.await(
          "its end is known here",
          () -> user.diverHere("ps", "--all").text().contains("stopped, requested"));
    } finally {
      enclaves.stop("right");
    }
  }

  @Test
  void longArgumentsArriveWhole() {
    String longest = "x".repeat(6000); // Dropbear takes commands of 9000 bytes
    Shell.Result dive =
        enclaves.dive("/bin/busybox", "--", "sh", "-c", "echo ${#1}", "sh", longest);
    assertEquals("6000\n", Expect.success(dive).text(), dive::errors);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "--cpus 0-0; Core 0",
        "--cpus 0-1; Core 0",
        "--cpus 4; 3 beside core 0",
        "--cpus 3-4; 4",
        "--memory 64G; 65536 MiB",
        "--memory 64M@7; 7",
        "--device edu; edu",
        "--on-disconnect perhaps; perhaps",
        "-v /no/such/folder; /no/such/folder"
      })
  void whatCannotBeIsRefusedAndNothingIsTaken(String options, String said) {
    String words = options.strip() + " /bin/busybox -- true";
    Shell.Result refused = enclaves.dive(words.split(" "));
    assertTrue(refused.status() == 2 || refused.status() == 125, refused::toString);
    assertTrue(refused.errors().contains(said), refused::toString);
    assertTrue(refused.errors().contains("help: "), refused::toString);
  }

  @Test
  void aCoreThatSomebodyElseHasTakenOfflineIsRefused(Node node) {
    node.ask("echo 0 >/sys/devices/system/cpu/cpu2/online");
    try {
      Expect.failure(enclaves.dive("--cpus", "2-2", "/bin/busybox", "--", "true"), "offline");
      Expect.failure(enclaves.dive("--cpus", "3", "/bin/busybox", "--", "true"), "2 beside core 0");
    } finally {
      node.ask("echo 1 >/sys/devices/system/cpu/cpu2/online");
    }
  }

  @Test
  void aHostThatDoesNotAnswerIsNamed() {
    Shell.Result nobody =
        user.with("DIVER_SSH", "ssh -F /dev/null")
            .diverHere("ps", "--host", "ssh://root@127.0.0.1:1");
    Expect.failure(nobody, "127.0.0.1");
    for (String address : List.of("ssh://-oProxyCommand=id", "ftp://node", "node")) {
      Shell.Result refused = Expect.status(2, user.diverHere("ps", "--host", address));
      assertTrue(refused.errors().contains(address), refused::toString);
    }
  }

  @Test
  void theDoctorSaysWhatTheNodeCanDo() {
    Shell.Result doctor = Expect.success(user.diverHere("doctor", "--host", Node.HOST));
    for (String word :
        List.of(
            "partitioned-hardware: ready", "as root", "1,2,3 of 4", "huge pages", "local APIC")) {
      Enclaves.expectSaid(word, doctor);
    }
  }

  @Test
  void forwardingIsMeasured() {
    JsonNode profile =
        Enclaves.json(
                user.diverHere(
                    "calibrate",
                    "--mode",
                    "partitioned-hardware",
                    "--host",
                    Node.HOST,
                    "--trials",
                    "1000",
                    "--json"))
            .get(0);
    assertEquals("partitioned-hardware", profile.get("mode").asString());
    for (JsonNode call : profile.get("calls")) {
      assertTrue(call.at("/round_trip/median_ns").asDouble() > 0, call::toString);
    }
  }
}
