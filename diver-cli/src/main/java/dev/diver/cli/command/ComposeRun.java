package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.deploy.pipeline.Engine;
import dev.diver.deploy.pipeline.LocalEngine;
import dev.diver.deploy.pipeline.Pipeline;
import dev.diver.deploy.pipeline.PipelinePlan;
import dev.diver.deploy.pipeline.RunEvent;
import dev.diver.deploy.pipeline.RunSettings;
import dev.diver.deploy.pipeline.RunSettings.Unread;
import dev.diver.deploy.pipeline.StreamingStages;
import dev.diver.deploy.pipeline.TaskGraph;
import dev.diver.deploy.slurm.SlurmEngine;
import dev.diver.kernels.confine.CommandOutput;
import dev.diver.kernels.net.NetBuilder;
import dev.diver.kernels.net.NetToml;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.store.DiverHome;
import dev.diver.kernels.store.KernelStore;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code diver compose run}. */
final class ComposeRun implements Verb {

  private static final String LOCAL = "local";
  private static final String SLURM = "slurm";

  @Override
  public void describe(Page page) {
    page.description(
            """
            Runs a pipeline: every stage as soon as what feeds it is there and its cores are free, \
            joined by pipes and files, never two stages on the same core, also where several \
            pipelines run at once. The whole of the file is checked first, and its nets are built.

            On a terminal it shows what runs: cores, time, and about how much has gone through \
            each edge. Standard output that no stage reads is Diver's own; what stages write to standard \
            error comes line by line, with the stage's name. Where a stage fails that no other \
            one's condition reckons with, those that run are stopped, and its status is Diver's. \
            Nothing that a stage has started stays.

            With --resume, a stage is not run again that has succeeded in the last run, if that \
            failed or was interrupted, and whose command, program, inputs and outputs are still \
            the same. What other stages have half written is removed first.

            With --engine slurm, Slurm runs it: all jobs are submitted at once, one for the stages \
            that streams join, with dependencies, CPUs and memory. The pipeline's folder has to be \
            on a file system that all nodes share; SBATCH_PARTITION, SBATCH_ACCOUNT and the like \
            say where jobs go. Ctrl-C cancels them. They go on where Diver is killed, and --resume \
            follows them.\
            """)
        .optionalArgument(ComposeInput.FILE, ComposeInput.FILE_HELP);
    ComposeInput.capacityOptions(page)
        .catalog()
        .option("--engine", "ENGINE", "what runs it: local (default), or slurm for a cluster")
        .flag("--resume", "go on where the last run of this pipeline ended")
        .flag("-q, --quiet", "say nothing but what stages write, and what fails")
        .flag("--json", "write what happens to standard output, an object in each line")
        .example("Run the pipeline in this folder", "compose run")
        .example("Go on after a failure", "compose run --resume")
        .example("Run it on a cluster", "compose run --engine slurm")
        .example("Leave two cores to others", "compose run --cpus 2-7 pipeline.toml");
  }

  @Override
  public int run(Given given, Shell shell) throws InterruptedException {
    String engine = given.value("--engine").orElse(LOCAL);
    return switch (engine) {
      case LOCAL -> runHere(given, shell);
      case SLURM -> runInSlurm(given, shell);
      default ->
          throw new UsageException(
              "\"" + engine + "\" runs no pipelines.", "Give --engine local or --engine slurm.");
    };
  }

  private static int runHere(Given given, Shell shell) throws InterruptedException {
    ComposeInput.Planned planned = ComposeInput.planned(given, shell);
    Pipeline pipeline = planned.pipeline();
    PipelinePlan plan = planned.plan();
    boolean json = given.has("--json");
    boolean live = !json && ComposeReport.isLive(shell, given.has("--quiet"));
    RunSettings settings =
        new RunSettings(
            ComposeInput.host(shell),
            DiverHome.locate(shell.environment()).pipelines(),
            Launcher.command(),
            json ? Unread.ERRORS : live && shell.terminals().out() ? Unread.TOLD : Unread.OUTPUT,
            json || live,
            given.has("--resume"));
    prepare(pipeline, given, shell);
    KernelStore store = KernelStore.open(DiverHome.locate(shell.environment()).store());
    Engine engine = new LocalEngine(plan, StreamingStages.of(pipeline, store));
    if (json) {
      return engine.run(pipeline, plan.graph(), settings, event -> printJson(event, shell));
    }
    try (ComposeReport report = new ComposeReport(shell, Optional.of(plan), given.has("--quiet"))) {
      report.modes(planned.reasons());
      return engine.run(pipeline, plan.graph(), settings, report);
    }
  }

  /**
   * Each net is built and each kernel fetched once, before stages start: no two of them do so at a
   * time, and a cluster's nodes, which may reach no catalog, need not.
   */
  private static void prepare(Pipeline pipeline, Given given, Shell shell) {
    Set<KernelReference> fetched = pipeline.kernels();
    if (!fetched.isEmpty()) {
      Kernels kernels = Kernels.of(given, shell);
      NetBuilder builder = Build.builder(CommandOutput.STANDARD_ERROR, kernels, shell);
      pipeline.nets().forEach(net -> builder.build(NetToml.read(net)));
      fetched.forEach(kernels::here);
    }
  }

  private static int runInSlurm(Given given, Shell shell) throws InterruptedException {
    for (String option : List.of("--cpus", "--memory", "--mode")) {
      if (given.value(option).isPresent()) {
        throw new UsageException(
            option + " is for pipelines that run on this machine.",
            "Leave it out: stages say what they take, and SBATCH_PARTITION which nodes have it.");
      }
    }
    Pipeline pipeline = ComposeInput.pipeline(given, shell);
    TaskGraph graph = TaskGraph.of(pipeline);
    boolean json = given.has("--json");
    RunSettings settings =
        new RunSettings(
            ComposeInput.host(shell),
            pipeline.folder().resolve(SlurmEngine.FOLDER),
            Launcher.command(),
            json ? Unread.ERRORS : Unread.OUTPUT,
            false,
            given.has("--resume"));
    prepare(pipeline, given, shell);
    Engine engine = new SlurmEngine(json ? shell.err() : shell.out());
    if (json) {
      return engine.run(pipeline, graph, settings, event -> printJson(event, shell));
    }
    try (ComposeReport report = new ComposeReport(shell, Optional.empty(), given.has("--quiet"))) {
      return engine.run(pipeline, graph, settings, report);
    }
  }

  private static void printJson(RunEvent event, Shell shell) {
    synchronized (shell) {
      shell.printJsonLine(ComposeEvents.tree(event));
    }
  }
}
