package dev.diver.deploy.vm;

import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.vm.ConsolePatterns.Mark;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.ExitConvention;

/** Sees when a kernel has come up: when it hands over to the app, as far as that can be seen. */
final class AppStart {

  private final KernelSpec spec;
  private final Consoles consoles;
  private final BootEvent told;

  AppStart(KernelSpec spec, RunFolder run, Consoles consoles) {
    this.spec = spec;
    this.consoles = consoles;
    this.told = new BootEvent(run.report());
  }

  /** Whether it has happened by now, as far as the consoles were looked through. */
  boolean seen() {
    if (spec.boot().ready().isPresent()) {
      return consoles.found(Mark.READY).isPresent();
    }
    if (spec.exit().convention() == ExitConvention.REPORT) {
      return told.seen();
    }
    return consoles.found(Mark.READY).isPresent() || consoles.spoken();
  }
}
