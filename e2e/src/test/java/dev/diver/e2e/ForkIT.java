package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The loop of who customises a kernel: fork, change, configure, build, test, publish. */
class ForkIT {

  private static final JsonMapper JSON = new JsonMapper();

  @TempDir private Path folder;

  @Test
  void aForkOfRemoraIsChangedBuiltTestedPublishedAndDivedElsewhere() throws IOException {
    try (Catalog catalog = Catalog.serve(folder.resolve("catalog"))) {
      Shell publisher = catalog.user(folder.resolve("publisher"));
      KernelPackages.publish(publisher, KernelPackages.REMORA);

      Shell changer = catalog.user(folder.resolve("changer"));
      Shell.Result forked =
          Expect.success(changer.diver("kernel", "fork", "remora", "louse:0.2.0", "--json"));
      JsonNode fork = JSON.readTree(forked.text());
      assertTrue(fork.path("source").asBoolean());
      Shell louse = changer.in(changer.folder().resolve("louse"));
      Path identity = louse.folder().resolve("syscall/identity.c");
      String source = Files.readString(identity);
      Files.writeString(identity, source.replace(".node = \"remora\"", ".node = \"louse\""));
      Expect.success(louse.diver("kernel", "configure"));
      Expect.success(louse.diver("kernel", "build"));
      String tests = Expect.success(louse.diver("kernel", "test", "--", "identity")).text();
      assertTrue(tests.contains("# 1 passed, 0 failed"), tests);
      Expect.success(louse.diver("kernel", "check"));
      Expect.success(louse.diver("kernel", "package"));
      Expect.success(louse.diver("publish"));

      Shell user = catalog.user(folder.resolve("user"));
      Expect.success(user.diver("pull", "louse:0.2.0"));
      JsonNode info = JSON.readTree(Expect.success(user.diver("info", "louse", "--json")).text());
      assertEquals(fork.path("base").asString(), info.path("base").asString());
      assertTrue(info.path("base").asString().startsWith("remora:0.1.0@sha256:"), info::toString);
      Shell.Result dive =
          user.diver("dive", "--kernel", "louse:0.2.0", "/bin/busybox", "--", "uname", "-n");
      assertEquals("louse\n", Expect.success(dive).text());
    }
  }

  @Test
  void anUnchangedForkIsTheSameKernel() throws IOException {
    try (Catalog catalog = Catalog.serve(folder.resolve("catalog"))) {
      Shell publisher = catalog.user(folder.resolve("publisher"));
      String remora = KernelPackages.REMORA.toString();
      Expect.success(publisher.diver("kernel", "build", "--quiet", remora));
      Expect.success(publisher.diver("kernel", "package", remora));
      Expect.success(publisher.diver("kernel", "fork", "remora:0.1.0", "twin"));
      Expect.success(publisher.diver("kernel", "build", "--quiet", "twin"));
      Path twin = publisher.folder().resolve("twin/build/remora.elf");
      assertEquals(-1, Files.mismatch(KernelPackages.REMORA.resolve("build/remora.elf"), twin));
    }
  }

  @Test
  void aScriptThatReachesOutFailsAndLeavesNothing() throws IOException {
    Shell user =
        new Shell(folder, java.util.Map.of("DIVER_HOME", folder.resolve("home").toString()));
    Expect.success(user.diver("kernel", "new", "minnow"));
    Path script = folder.resolve("minnow/scripts/build");
    Files.writeString(script, "#!/bin/sh\necho mine >" + Shell.ROOT.resolve("pwned") + "\n");
    Expect.failure(user.diver("kernel", "build", "minnow"), "scripts/build failed");
    assertFalse(Files.exists(Shell.ROOT.resolve("pwned")));
    Files.writeString(script, "#!/bin/sh\nsleep 4321 &\n");
    Expect.failure(user.diver("kernel", "build", "minnow"), "left processes", "sleep");
    assertFalse(
        ProcessHandle.allProcesses()
            .anyMatch(p -> p.info().commandLine().orElse("").endsWith("sleep 4321")));
  }
}
