package dev.diver.deploy.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.diver.deploy.machine.Host;
import dev.diver.kernels.store.DiverHome;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlumbingTest {

  @TempDir Path folder;

  private TaskFiles files(String toml) throws IOException {
    Files.writeString(folder.resolve("pipeline.toml"), toml);
    Host host = new Host(Map.copyOf(System.getenv()), folder.resolve("cache"));
    StageModes modes =
        new StageModes(new DiverHome(folder.resolve("home")), Optional.empty(), Optional.empty());
    Pipeline pipeline = PipelineToml.read(folder, host, Optional.empty(), modes);
    return new TaskFiles(pipeline, TaskGraph.of(pipeline), folder.resolve("kept"));
  }

  /** All that joins the tasks of each gang. */
  private List<Path> joints(TaskFiles files, Set<String> streaming) {
    List<Path> joints = new ArrayList<>();
    for (List<Integer> gang : files.graph().gangs()) {
      Plumbing plumbing =
          new Plumbing(files, folder, _ -> Redirect.INHERIT, streaming, folder.resolve("streams"));
      plumbing.ends(gang);
      joints.addAll(plumbing.pipes());
      joints.addAll(plumbing.streams());
    }
    return joints;
  }

  private static final String PAIRS =
      """
      [stages.a]
      command = ["true"]
      scatter = 3
      [stages.b]
      command = ["true"]
      stdin = "a"
      scatter = "a"
      [stages.a-0]
      command = ["true"]
      [stages.b-0]
      command = ["true"]
      stdin = "a-0"
      """;

  @Test
  void gangsThatRunAtOnceHaveEachTheirOwn() throws IOException {
    for (Set<String> streaming : List.of(Set.<String>of(), Set.of("a", "b", "a-0", "b-0"))) {
      List<Path> joints = joints(files(PAIRS), streaming);
      assertEquals(4, joints.size());
      assertEquals(4, new HashSet<>(joints).size(), joints.toString());
    }
  }

  @Test
  void streamsAreInAFolderOfTheirOwn() throws IOException {
    for (Path stream : joints(files(PAIRS), Set.of("a", "b", "a-0", "b-0"))) {
      assertEquals(folder.resolve("streams"), stream.getParent());
    }
  }
}
