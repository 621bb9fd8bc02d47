package dev.diver.deploy.pipeline;

import java.util.function.Consumer;

/**
 * What runs a pipeline: the cores of this machine, or a batch system. What is to run next, and what
 * follows of an end, {@link PipelineState} knows for all of them; {@link FinishedGangs} what need
 * not run again; {@link Plumbing} and {@link TaskCommand} how tasks are joined and started.
 */
public interface Engine {

  /**
   * Runs a pipeline; nothing that it has started outlives the call.
   *
   * @param graph of the pipeline
   * @param listener is told of what happens, by several threads
   * @return 0, else the status of the first task that failed unexpectedly; {@link
   *     PipelineState#TIMED_OUT} at the deadline
   */
  int run(Pipeline pipeline, TaskGraph graph, RunSettings settings, Consumer<RunEvent> listener)
      throws InterruptedException;
}
