package dev.diver.deploy.vm;

import dev.diver.deploy.run.RunFolder;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.Console;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;

/** Sees when a kernel hands over to the app. */
final class AppStart {

  /** What Linux prints just before it executes init (init/main.c, run_init_process). */
  private static final String LINUX_RUNS_INIT = "as init process";

  /** Linux prints some 20 KiB before. */
  private static final int MAX_BOOT_LOG = 1 << 20;

  private final KernelSpec spec;
  private final RunFolder run;
  private final Streams streams;
  private final BootEvent told;
  private long looked;

  AppStart(KernelSpec spec, RunFolder run, Streams streams) {
    this.spec = spec;
    this.run = run;
    this.streams = streams;
    this.told = new BootEvent(run.report());
  }

  /** Whether it has happened by now. */
  boolean seen() {
    if (spec.boot().console() == Console.VIRTIO_PORTS) {
      return told.seen();
    }
    return spec.boot().protocol() == Protocol.LINUX ? linuxRunsInit() : streams.outputSeen();
  }

  private boolean linuxRunsInit() {
    long length = run.console().toFile().length();
    if (length == looked || length > MAX_BOOT_LOG) {
      return false;
    }
    looked = length;
    try (InputStream in = Files.newInputStream(run.console())) {
      byte[] log = in.readNBytes(MAX_BOOT_LOG);
      return new String(log, StandardCharsets.ISO_8859_1).contains(LINUX_RUNS_INIT);
    } catch (IOException e) {
      return false;
    }
  }
}
