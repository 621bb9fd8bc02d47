package dev.diver.deploy.slurm;

import dev.diver.deploy.machine.Host;
import dev.diver.deploy.pipeline.Pipeline;
import dev.diver.deploy.pipeline.PipelineToml;
import dev.diver.deploy.pipeline.RunSettings;
import dev.diver.deploy.pipeline.StageModes;
import dev.diver.deploy.pipeline.TaskFiles;
import dev.diver.deploy.pipeline.TaskGraph;
import dev.diver.kernels.store.DiverHome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A pipeline in a folder, and what its scripts are made with. */
record TestPipeline(Pipeline pipeline, TaskGraph graph, RunSettings settings, SlurmFolder folder) {

  static TestPipeline of(Path folder, String toml, Map<String, String> variables)
      throws IOException {
    Files.writeString(folder.resolve("pipeline.toml"), toml);
    Map<String, String> environment = new HashMap<>(System.getenv());
    environment.putAll(variables);
    Host host = new Host(environment, folder.resolve("cache"));
    StageModes modes =
        new StageModes(new DiverHome(folder.resolve("home")), Optional.empty(), Optional.empty());
    Pipeline pipeline = PipelineToml.read(folder, host, Optional.empty(), modes);
    RunSettings settings =
        new RunSettings(
            host,
            folder.resolve(".diver"),
            List.of("diver"),
            RunSettings.Unread.OUTPUT,
            false,
            false);
    SlurmFolder slurm = new SlurmFolder(folder.resolve("a 'run'/slurm"));
    slurm.make();
    return new TestPipeline(pipeline, TaskGraph.of(pipeline), settings, slurm);
  }

  List<SlurmJob> jobs(int longestArray) {
    return SlurmJob.of(pipeline, graph, graph.gangs(), longestArray);
  }

  GangScript scripts() {
    TaskFiles files = new TaskFiles(pipeline, graph, folder.path());
    return new GangScript(files, settings, folder);
  }
}
