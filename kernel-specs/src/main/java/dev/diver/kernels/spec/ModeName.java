package dev.diver.kernels.spec;

import java.util.List;

/** What the modes are called in which Diver deploys a net, wherever a mode is named. */
public final class ModeName {

  public static final String FULL_VM = "full-vm";
  public static final String PARTITIONED_VM = "partitioned-vm";
  public static final String PARTITIONED_HARDWARE = "partitioned-hardware";
  public static final String EMULATED = "emulated";

  /** A package of a newer Diver may have others; who writes kernel.toml means one of these. */
  public static final List<String> ALL =
      List.of(FULL_VM, PARTITIONED_VM, PARTITIONED_HARDWARE, EMULATED);

  private ModeName() {}
}
