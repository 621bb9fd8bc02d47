package dev.diver.kernels.pack;

import dev.diver.kernels.spec.KernelSpec;
import java.util.Locale;
import java.util.Optional;

/** The steps of a publisher's work that a kernel has scripts for. */
public enum KernelStage {
  CONFIGURE,
  BUILD,
  TEST,
  DEPLOY;

  /** The script of this stage, where the kernel has one. */
  public Optional<String> script(KernelSpec.Scripts scripts) {
    return switch (this) {
      case CONFIGURE -> scripts.configure();
      case BUILD -> scripts.build();
      case TEST -> scripts.test();
      case DEPLOY -> scripts.deploy();
    };
  }

  /** Whether it makes what the other stages read. */
  boolean makes() {
    return this == CONFIGURE || this == BUILD;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
