package dev.diver.deploy.slurm;

import dev.diver.deploy.machine.ShellWords;
import dev.diver.deploy.pipeline.Pipeline;
import dev.diver.kernels.spec.TimeSpan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Hands jobs to Slurm one by one. What waits for no other is held, so that nothing runs before all
 * is accepted.
 */
final class Submission {

  private static final String ALL_VARIABLES = "--export=ALL";

  private final Pipeline pipeline;
  private final Slurm slurm;
  private final SlurmFolder folder;
  private final GangScript scripts;
  private final List<SlurmJob> jobs;
  private final List<String> numbers = new ArrayList<>();
  private final List<String> held = new ArrayList<>();

  Submission(
      Pipeline pipeline, Slurm slurm, SlurmFolder folder, GangScript scripts, List<SlurmJob> jobs) {
    this.pipeline = pipeline;
    this.slurm = slurm;
    this.folder = folder;
    this.scripts = scripts;
    this.jobs = List.copyOf(jobs);
  }

  boolean isWhole() {
    return numbers.size() == jobs.size();
  }

  /** Submits the next job; for each of its gangs, by what Slurm knows it. */
  Map<List<Integer>, String> next() throws InterruptedException {
    int place = numbers.size();
    SlurmJob job = jobs.get(place);
    for (List<Integer> gang : job.gangs()) {
      folder.write(folder.script(gang.getFirst()), scripts.text(gang));
      folder.write(folder.events(gang.getFirst()), ""); // a file that is there is looked at anew
    }
    folder.write(
        folder.batch(place),
        "#!/bin/bash\nexec bash %s/$((%d + ${SLURM_ARRAY_TASK_ID:-%d}))\n"
            .formatted(
                ShellWords.quote(folder.gangs().toString()),
                job.base(),
                job.gangs().getFirst().getFirst()));
    String number =
        slurm.submit(
            options(job), folder.batch(place), scripts.environment(job.gangs().getFirst()));
    numbers.add(number);
    if (job.after().isEmpty()) {
      held.add(number);
    }
    Map<Integer, String> byNumber = new LinkedHashMap<>();
    Map<List<Integer>, String> byGang = new LinkedHashMap<>();
    for (List<Integer> gang : job.gangs()) {
      String name = job.array() ? number + "_" + (gang.getFirst() - job.base()) : number;
      byNumber.put(gang.getFirst(), name);
      byGang.put(gang, name);
    }
    folder.submitted(byNumber);
    return byGang;
  }

  /** Has Slurm begin. */
  void release() throws InterruptedException {
    if (!held.isEmpty()) {
      slurm.release(held);
    }
  }

  private List<String> options(SlurmJob job) {
    List<String> options =
        new ArrayList<>(
            List.of(
                "--job-name=" + job.name(),
                "--comment=" + folder.comment(),
                "--chdir=" + pipeline.folder(),
                "--output=" + pattern(folder.log(), job.array() ? "%A_%a" : "%j"),
                "--open-mode=append",
                "--nodes=1",
                "--ntasks=1",
                "--cpus-per-task=" + job.cpus(),
                "--kill-on-invalid-dep=yes",
                job.retried() ? "--requeue" : "--no-requeue",
                ALL_VARIABLES));
    if (job.memory() > 0) {
      options.add("--mem=" + Math.ceilDiv(job.memory(), 1 << 20) + "M");
    }
    job.minutes().ifPresent(minutes -> options.add("--time=" + minutes));
    deadline().ifPresent(seconds -> options.add("--deadline=now+" + seconds + "seconds"));
    if (job.array()) {
      options.add("--array=" + job.indices());
    }
    options.add(
        job.after().isEmpty()
            ? "--hold"
            : "--dependency="
                + job.after().stream()
                    .map(after -> after.kind() + ":" + numbers.get(after.job()))
                    .collect(Collectors.joining(",")));
    return options;
  }

  /** In which a percent sign is one of the folder's name. */
  private static String pattern(Path folder, String name) {
    return folder.toString().replace("%", "%%") + "/" + name;
  }

  private Optional<Long> deadline() {
    return pipeline.timeout().map(TimeSpan::millis).map(millis -> Math.ceilDiv(millis, 1000L));
  }
}
