package dev.diver.cli.command;

import dev.diver.kernels.pack.KernelStage;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Every verb, in the order in which help lists them. */
public final class Verbs {

  /** What verbs are about. */
  public enum Group {
    FIND("Find and fetch kernels"),
    NETS("Make nets and dive them"),
    COMPOSE("Join nets and commands to pipelines"),
    SPEEDUP("See what a specialized kernel would gain"),
    PUBLISH("Make and publish kernels"),
    MACHINE("This machine and this tool");

    private final String title;

    Group(String title) {
      this.title = title;
    }

    public String title() {
      return title;
    }
  }

  /**
   * A verb that has not been built yet: only the one that is typed is.
   *
   * @param name one or two words
   * @param summary one line without a full stop
   */
  public record Entry(Group group, String name, String summary, Supplier<Verb> verb) {
    /** The verb's page, finished by the verb itself. */
    public Page page() {
      Page page = new Page(name, summary);
      verb.get().describe(page);
      return page;
    }
  }

  private Verbs() {}

  /** All verbs. */
  public static final List<Entry> ALL =
      List.of(
          new Entry(Group.FIND, "search", "Search the catalog", Search::new),
          new Entry(Group.FIND, "info", "Show what a kernel is", Info::new),
          new Entry(Group.FIND, "pull", "Fetch kernels", PullKernels::new),
          new Entry(Group.FIND, "images", "List the kernels on this machine", Images::new),
          new Entry(Group.FIND, "rm", "Remove kernels from this machine", Remove::new),
          new Entry(Group.NETS, "new", "Make a net in a new folder", () -> new NewNet(false)),
          new Entry(Group.NETS, "init", "Make a net in a folder", () -> new NewNet(true)),
          new Entry(Group.NETS, "build", "Build a net", Build::new),
          new Entry(Group.NETS, "test", "Test a net", TestNet::new),
          new Entry(Group.NETS, "dive", "Boot a net and run its app", Dive::new),
          new Entry(Group.NETS, "ps", "List dives", DiveList::new),
          new Entry(Group.NETS, "stop", "End dives", Stop::new),
          new Entry(Group.NETS, "inspect", "Print all that is known of a dive", Inspect::new),
          new Entry(Group.NETS, "resize", "Give a running dive more cores or memory", Resize::new),
          new Entry(Group.NETS, "logs", "Print what a detached dive has written", DiveLogs::new),
          new Entry(Group.COMPOSE, "compose run", "Run a pipeline", ComposeRun::new),
          new Entry(
              Group.COMPOSE,
              "compose plan",
              "Say which stage runs when, and on which cores",
              ComposePlan::new),
          new Entry(Group.COMPOSE, "compose graph", "Draw a pipeline", ComposeGraph::new),
          new Entry(
              Group.SPEEDUP,
              "trace",
              "Record which system calls a program makes",
              TraceRecord::new),
          new Entry(
              Group.SPEEDUP,
              "trace import",
              "Make a trace of what strace or perf wrote",
              TraceImported::new),
          new Entry(
              Group.SPEEDUP,
              "speedup project",
              "Project what a program would gain from a specialized OS",
              SpeedupProject::new),
          new Entry(
              Group.SPEEDUP,
              "speedup sweep",
              "Project it over a range of parameters, as data and charts",
              SpeedupSweep::new),
          new Entry(
              Group.SPEEDUP,
              "speedup gain",
              "Find the gain that explains a measured speedup",
              SpeedupGain::new),
          new Entry(
              Group.SPEEDUP,
              "speedup queue",
              "Say how long forwarded calls wait for a delegate",
              SpeedupQueue::new),
          new Entry(
              Group.SPEEDUP,
              "speedup validate",
              "Compare the model with measured runs",
              SpeedupValidate::new),
          new Entry(
              Group.PUBLISH,
              "kernel inspect",
              "Say what a kernel's file is and how it boots",
              KernelInspect::new),
          new Entry(Group.PUBLISH, "kernel new", "Make a kernel in a new folder", KernelNew::new),
          new Entry(
              Group.PUBLISH,
              "kernel fork",
              "Start a kernel from another one's package",
              KernelFork::new),
          new Entry(
              Group.PUBLISH,
              "kernel check",
              "Say what a kernel's folder has and lacks",
              KernelChecked::new),
          new Entry(
              Group.PUBLISH,
              "kernel import",
              "Make a package of a kernel that others have built",
              ImportKernel::new),
          new Entry(
              Group.PUBLISH,
              "kernel configure",
              "Run a kernel's configure script",
              () -> new KernelScript(KernelStage.CONFIGURE)),
          new Entry(
              Group.PUBLISH,
              "kernel build",
              "Run a kernel's build script",
              () -> new KernelScript(KernelStage.BUILD)),
          new Entry(
              Group.PUBLISH,
              "kernel test",
              "Run a kernel's test script",
              () -> new KernelScript(KernelStage.TEST)),
          new Entry(
              Group.PUBLISH,
              "kernel deploy",
              "Run a kernel's deploy script",
              () -> new KernelScript(KernelStage.DEPLOY)),
          new Entry(
              Group.PUBLISH,
              "kernel package",
              "Pack a built kernel on this machine",
              KernelPackage::new),
          new Entry(Group.PUBLISH, "publish", "Publish a kernel to the catalog", Publish::new),
          new Entry(Group.PUBLISH, "yank", "Withdraw a release", Yank::new),
          new Entry(Group.PUBLISH, "login", "Log in to the catalog", Login::new),
          new Entry(Group.PUBLISH, "logout", "Forget the login", Logout::new),
          new Entry(
              Group.PUBLISH, "catalog serve", "Serve a catalog to publish to", CatalogServe::new),
          new Entry(Group.MACHINE, "quickstart", "See Diver at work, in a minute", Quickstart::new),
          new Entry(
              Group.MACHINE,
              "doctor",
              "Say what this machine can do and what is missing",
              Doctor::new),
          new Entry(
              Group.MACHINE,
              "calibrate",
              "Measure what forwarding a system call costs",
              Calibrate::new),
          new Entry(Group.MACHINE, "setup", "Install what Diver needs", Setup::new),
          new Entry(
              Group.MACHINE,
              "completion",
              "Print a completion script for a shell",
              Completion::new));

  /** The verb that has this name. */
  public static Optional<Entry> named(String name) {
    for (Entry entry : ALL) {
      if (entry.name().equals(name)) {
        return Optional.of(entry);
      }
    }
    return Optional.empty();
  }

  /** The verbs whose name has two words, the first of them this one. */
  static List<Entry> family(String first) {
    return ALL.stream().filter(entry -> entry.name().startsWith(first + " ")).toList();
  }

  /** What can stand after {@code diver}. */
  static List<String> firstWords() {
    return ALL.stream().map(entry -> entry.name().split(" ", 2)[0]).distinct().toList();
  }

  /** What can stand after {@code diver FIRST}. */
  static List<String> secondWords(String first) {
    return family(first).stream().map(entry -> entry.name().substring(first.length() + 1)).toList();
  }
}
