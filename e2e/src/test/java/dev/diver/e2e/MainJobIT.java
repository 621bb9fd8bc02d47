package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Search, pull, new, build, dive: a day's work. */
@ExtendWith(SharedCatalog.class)
class MainJobIT {

  private static final JsonMapper JSON = new JsonMapper();

  @TempDir private Path folder;

  @Test
  void aKernelIsFoundByATagByAWordAndDespiteATypo(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    for (String[] words :
        new String[][] {
          {"search", "remora"}, {"search", "hpc"}, {"search", "remroa"}, {"search", "--tag", "hpc"}
        }) {
      assertTrue(Expect.success(user.diver(words)).text().contains("remora"));
    }
    JsonNode found = JSON.readTree(Expect.success(user.diver("search", "remora", "--json")).text());
    assertEquals("remora", found.at("/kernels/0/name").asString(), found::toString);
    assertFalse(
        Expect.success(user.diver("search", "--mode", "emulated")).text().contains("remora"));
  }

  @Test
  void whatIsPulledIsListedTellsOfItselfAndIsRemoved(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    assertFalse(Expect.success(user.diver("images")).text().contains("remora"));
    Expect.success(user.diver("pull", "remora"));
    assertTrue(Expect.success(user.diver("images")).text().contains("remora"));
    assertTrue(Expect.success(user.diver("info", "remora")).text().contains("full-vm"));
    Expect.success(user.diver("rm", "remora"));
    assertFalse(Expect.success(user.diver("images")).text().contains("remora"));
    Expect.failure(user.diver("rm", "remora"), "remora");
  }

  @Test
  void aNewNetBuildsAtOnceAndDivesWithItsAppsOutputAndStatus(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Expect.success(user.diver("pull", "remora"));
    Expect.success(user.diver("new", "greeting", "--kernel", "remora"));
    Shell net = user.in(user.folder().resolve("greeting"));
    for (String file : new String[] {"net.toml", "Makefile", "README.md", ".gitignore"}) {
      assertTrue(Files.isRegularFile(net.folder().resolve(file)), file);
    }
    Expect.success(net.diver("build"));
    Shell.Result dive = Expect.success(net.diver("dive"));
    assertTrue(dive.text().startsWith("Hello"), dive::toString);
    Expect.nothingLeft(user);
  }

  @Test
  void aBuildWithNothingToDoTouchesNothing(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Expect.success(user.diver("pull", "remora"));
    Expect.success(user.diver("new", "idle", "--kernel", "remora"));
    Shell net = user.in(user.folder().resolve("idle"));
    Expect.success(net.diver("build"));
    Path app = net.folder().resolve("build/idle");
    FileTime built = Files.getLastModifiedTime(app);
    Expect.success(net.diver("build"));
    assertEquals(built, Files.getLastModifiedTime(app));
    Path source = net.folder().resolve("src/main.c");
    Files.writeString(source, "int main(void) { return 7; }\n");
    Expect.status(7, net.diver("dive"));
  }

  @Test
  void compilerErrorsAppearAsTheCompilerWroteThem(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Expect.success(user.diver("pull", "remora"));
    Expect.success(user.diver("new", "broken", "--kernel", "remora"));
    Shell net = user.in(user.folder().resolve("broken"));
    Files.writeString(net.folder().resolve("src/main.c"), "int main(void) { return nothing; }\n");
    Shell.Result build = Expect.failure(net.diver("build"));
    assertTrue(build.errors().contains("src/main.c:1:25: error:"), build::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"hello", "stencil", "component", "pipeline"})
  void everyTemplateBuildsAndDives(String template, Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Expect.success(user.diver("new", "net", "--kernel", "remora", "--template", template));
    Shell net = user.in(user.folder().resolve("net"));
    Expect.success(net.diver("build"));
    Shell.Result dive = Expect.success(net.diver("dive"));
    assertFalse(dive.text().isBlank(), dive::toString);
    Expect.nothingLeft(user);
  }

  @Test
  void theStencilNoticesThatItIsWrong(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Expect.success(user.diver("new", "stencil", "--kernel", "remora", "--template", "stencil"));
    Shell net = user.in(user.folder().resolve("stencil"));
    Path source = net.folder().resolve("src/main.c");
    String right = Files.readString(source);
    String wrong = right.replace("0.25", "0.26");
    assertFalse(right.equals(wrong), "the stencil's weights are no longer 0.25");
    Files.writeString(source, wrong);
    Shell.Result dive = net.diver("dive");
    assertTrue(dive.status() != 0 && dive.status() < 124, dive::toString);
  }

  @Test
  void theDryRunIsAScriptThatDoesTheSame(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Expect.success(user.diver("new", "net", "--kernel", "remora"));
    Shell net = user.in(user.folder().resolve("net"));
    Expect.success(net.diver("build"));
    String hello = Expect.success(net.diver("dive")).text();
    Shell.Result bare = net.sh("diver dive --dry-run | sh");
    assertEquals(hello, bare.text(), bare::toString);
  }

  @Test
  void theReportNamesTheSystemCalls(Catalog catalog) throws IOException {
    Shell user = catalog.user(folder);
    Expect.success(user.diver("pull", "remora"));
    Path report = folder.resolve("report.json");
    Expect.success(
        user.diver(
            "dive",
            "--kernel",
            "remora",
            "--report-file",
            report.toString(),
            "/bin/busybox",
            "--",
            "echo",
            "hi"));
    JsonNode told = JSON.readTree(report.toFile());
    assertEquals("exited", told.at("/outcome/kind").asString(), told::toString);
    assertTrue(told.at("/boot_us").asLong() > 0, told::toString);
    boolean write =
        told.at("/syscalls").values().stream()
            .anyMatch(call -> call.at("/name").asString().equals("write"));
    assertTrue(write, told::toString);
  }
}
