package dev.diver.deploy.importing;

import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.Abi;
import dev.diver.kernels.spec.KernelSpec.AppDelivery;
import dev.diver.kernels.spec.KernelSpec.Boot;
import dev.diver.kernels.spec.KernelSpec.Console;
import dev.diver.kernels.spec.KernelSpec.DebugExit;
import dev.diver.kernels.spec.KernelSpec.EndMeaning;
import dev.diver.kernels.spec.KernelSpec.Exit;
import dev.diver.kernels.spec.KernelSpec.ExitConvention;
import dev.diver.kernels.spec.KernelSpec.Firmware;
import dev.diver.kernels.spec.KernelSpec.ModeNeeds;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import dev.diver.kernels.spec.KernelSpec.Quoting;
import dev.diver.kernels.spec.KernelSpec.Smp;
import dev.diver.kernels.spec.MemorySize;
import dev.diver.kernels.spec.TimeSpan;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Specs of which only a part is known. */
final class Specs {

  /** The command line of a kernel of which nothing is known. */
  static final String WORDS = "{user-args}";

  /** What Linux, Xen and their like are told so that they print on the first serial line. */
  static final String URGING = "console=ttyS0 console=com1 com1=115200,8n1";

  private Specs() {}

  /** A kernel of which nothing is known but that a machine boots it. */
  static KernelSpec unknown() {
    return new KernelSpec(
        "unknown",
        "0.1.0",
        "unknown",
        "",
        List.of(),
        "",
        Optional.empty(),
        "x86_64",
        Abi.NONE,
        List.of(),
        List.of("latest"),
        new Boot(
            Protocol.PVH,
            "boot/kernel",
            WORDS,
            Quoting.NONE,
            AppDelivery.NONE,
            Console.SERIAL,
            Firmware.BIOS,
            List.of(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            List.of()),
        poweredOff(EndMeaning.PANIC),
        Map.of(Draft.FULL_VM, needs("pc")),
        Optional.empty(),
        new KernelSpec.Syscalls(List.of(), List.of()),
        new KernelSpec.Sdk(List.of(), Optional.empty(), List.of()),
        new KernelSpec.Scripts(
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty()),
        new KernelSpec.NetScripts(
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty()),
        new KernelSpec.Source(List.of()),
        new KernelSpec.Provenance(Optional.empty()));
  }

  /** What a machine of this type has by default. */
  static ModeNeeds needs(String machine) {
    return new ModeNeeds(
        machine,
        "max",
        MemorySize.parse("256M"),
        MemorySize.parse("32M"),
        1,
        List.of(),
        List.of(),
        List.of(),
        Smp.CORES,
        Optional.empty());
  }

  /** The convention of which the machine's end is all. */
  static Exit poweredOff(EndMeaning reset) {
    return exit(ExitConvention.POWER_OFF, Optional.empty(), reset);
  }

  /** The convention of a debug exit whose value is the status. */
  static Exit debugExit(int port, EndMeaning reset) {
    return exit(ExitConvention.DEBUG_EXIT, Optional.of(debugExit(port)), reset);
  }

  static DebugExit debugExit(int port) {
    return new DebugExit(port, Integer.BYTES, List.of());
  }

  private static Exit exit(
      ExitConvention convention, Optional<DebugExit> debugExit, EndMeaning reset) {
    return new Exit(
        convention,
        Optional.empty(),
        Optional.empty(),
        debugExit,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        reset);
  }

  static KernelSpec with(KernelSpec spec, Boot boot, Exit exit, Map<String, ModeNeeds> modes) {
    return new KernelSpec(
        spec.name(),
        spec.version(),
        spec.summary(),
        spec.description(),
        spec.tags(),
        spec.license(),
        spec.homepage(),
        spec.arch(),
        spec.abi(),
        spec.languages(),
        spec.movingTags(),
        boot,
        exit,
        modes,
        spec.gpos(),
        spec.syscalls(),
        spec.sdk(),
        spec.scripts(),
        spec.net(),
        spec.source(),
        spec.provenance());
  }

  static Boot with(Boot boot, AppDelivery app, Console console) {
    return with(boot, boot.commandLine(), app, console, boot.upWithin());
  }

  /** The same with {@link #URGING} on its command line. */
  static Boot urged(Boot boot) {
    String commandLine = URGING + " " + boot.commandLine();
    return with(boot, commandLine, boot.app(), boot.console(), boot.upWithin());
  }

  /** The same with its words on the screen, and nothing that ends a dive early. */
  static Boot forTrial(Boot boot, AppDelivery app) {
    return with(boot, boot.commandLine(), app, Console.VGA, Optional.empty());
  }

  private static Boot with(
      Boot boot,
      String commandLine,
      AppDelivery app,
      Console console,
      Optional<TimeSpan> upWithin) {
    return new Boot(
        boot.protocol(),
        boot.image(),
        commandLine,
        boot.quoting(),
        app,
        console,
        boot.firmware(),
        boot.modules(),
        boot.initrd(),
        boot.disks(),
        boot.ready(),
        upWithin,
        boot.hints());
  }

  static ModeNeeds with(ModeNeeds needs, String machine, List<String> cpuFeatures) {
    return new ModeNeeds(
        machine,
        needs.cpu(),
        needs.memory(),
        needs.memoryMin(),
        needs.cpusMax(),
        needs.devices(),
        cpuFeatures,
        needs.hypervisors(),
        needs.smp(),
        needs.netDevice());
  }
}
