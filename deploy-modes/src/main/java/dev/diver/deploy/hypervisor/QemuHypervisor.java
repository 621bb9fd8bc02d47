package dev.diver.deploy.hypervisor;

import dev.diver.deploy.machine.Acceleration;
import dev.diver.deploy.machine.CpuFeatures;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.machine.Qemu;
import dev.diver.deploy.machine.Step;
import dev.diver.deploy.run.RunFolder;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.image.DiskImage;
import dev.diver.kernels.spec.KernelSpec.Console;
import dev.diver.kernels.spec.KernelSpec.DebugExit;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import dev.diver.kernels.spec.MemorySize;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** QEMU, with one of its types of machines. */
public abstract sealed class QemuHypervisor implements Hypervisor
    permits QemuMicrovm, QemuPc, QemuQ35 {

  static final String PC = "qemu-pc";
  static final String Q35 = "qemu-q35";
  static final String MICROVM = "qemu-microvm";

  /** The id of what it boots from, which a spec's device may name as its drive. */
  static final String BOOT = "boot";

  /** Models that have all that the accelerator has, and nothing else. */
  private static final List<String> WHOLE = List.of("max", "host");

  /** With half of it OVMF fails with a fault. */
  private static final MemorySize UEFI_MEMORY = MemorySize.parse("64M");

  private final String name;
  private final String type;

  QemuHypervisor(String name, String type) {
    this.name = name;
    this.type = type;
  }

  /** The hypervisor that QEMU machines of this {@code -machine} value belong to. */
  static String nameFor(String machine) {
    String type = machine.split(",", 2)[0];
    if (type.equals("microvm")) {
      return MICROVM;
    }
    return type.equals("q35") || type.startsWith("pc-q35") ? Q35 : PC;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Optional<Failure> missing(Host host) {
    try {
      Qemu.find(host);
      return Optional.empty();
    } catch (DiverException e) {
      return Optional.of(e.failure());
    }
  }

  @Override
  public Optional<Failure> obstacle(Machine machine) {
    if (!(machine.firmware() instanceof Machine.Firmware.Uefi)) {
      return Optional.empty();
    }
    if (machine.software() instanceof Machine.Software.Kernel kernel
        && kernel.protocol() != Protocol.LINUX) {
      return Optional.of(
          unsupported(
              machine.kernel() + " is entered by PVH, which UEFI does not know.",
              "Dive it with --firmware bios."));
    }
    return machine.memory().compareTo(UEFI_MEMORY) < 0
        ? Optional.of(
            unsupported(
                machine.memory() + " of memory is too little for UEFI.",
                "Give at least " + UEFI_MEMORY + " with --memory."))
        : Optional.empty();
  }

  static Failure unsupported(String what, String remedy) {
    return new Failure(Failure.Kind.UNSUPPORTED, what, remedy);
  }

  @Override
  public Invocation plan(Machine machine, Host host, RunFolder run) {
    Qemu qemu = Qemu.find(host);
    Acceleration accelerator = QemuHost.accelerator(host, qemu);
    CpuFeatures.require(host, qemu, accelerator, machine.kernel(), machine.processor().features());
    QemuOptions options = new QemuOptions(run, machine.qemu().type().orElse(type), machine.debug());
    Machine.Processor processor = machine.processor();
    options.hardware(
        accelerator.kind().option(),
        cpu(processor),
        processor.count(),
        processor.smp(),
        memory(machine, options));
    options.control();
    options.consoleLog();
    console(machine.console(), options);
    machine.debugExit().ifPresent(device -> options.add("-device", debugExit(device)));
    options.extras(machine.qemu(), machine.disks(), machine.network(), machine.card());
    List<Step> steps = new ArrayList<>(firmware(machine, run, options));
    steps.addAll(software(machine, host, run, options));
    return new Invocation(steps, options.command(qemu));
  }

  /** What QEMU loads, the kernel and its ramdisk, lies at either end of it. */
  private static MemorySize memory(Machine machine, QemuOptions options) {
    List<SharedMemory> shared = machine.qemu().shared();
    long own = machine.memory().bytes();
    if (shared.isEmpty()) {
      return machine.memory();
    }
    options.memory("ram", SharedMemory.START, shared, own - SharedMemory.START);
    return new MemorySize(own + SharedMemory.sum(shared));
  }

  private static String cpu(Machine.Processor processor) {
    StringBuilder value = new StringBuilder(processor.model());
    processor.features().forEach(feature -> value.append(",+").append(feature));
    boolean whole = WHOLE.contains(processor.model()) && !processor.features().isEmpty();
    return value.append(whole ? ",enforce" : "").toString();
  }

  /**
   * Bochs' and QEMU's port for text (docs/specs in QEMU's source; Bochs, iodev/unmapped.cc).
   *
   * @param output the character device that gets it
   */
  public static String debugConsole(String output) {
    return "isa-debugcon,iobase=0xe9,chardev=" + output;
  }

  /** QEMU's device for it. */
  public static String debugExit(DebugExit device) {
    return String.format(
        Locale.ROOT, "isa-debug-exit,iobase=0x%x,iosize=0x%x", device.port(), device.size());
  }

  /** Where the app's output comes from; the kernel's log is what else is said. */
  private void console(Console console, QemuOptions options) {
    switch (console) {
      case VIRTIO_PORTS -> {
        options.add("-serial", "chardev:console");
        options.ports();
      }
      case SERIAL -> {
        options.standardInput();
        options.add("-serial", "chardev:stdin");
        options.add("-device", "isa-serial,chardev=console,index=1");
      }
      case DEBUGCON -> {
        options.standardInput();
        options.add("-device", debugConsole("stdin"));
        options.add("-serial", "chardev:console");
      }
      case VGA -> {
        screen(options);
        options.add("-serial", "chardev:console");
      }
      case NONE -> options.add("-serial", "chardev:console");
    }
  }

  /** A screen whose text is in its memory. */
  void screen(QemuOptions options) {
    options.add("-device", "VGA");
  }

  private static List<Step> firmware(Machine machine, RunFolder run, QemuOptions options) {
    return switch (machine.firmware()) {
      case Machine.Firmware.Usual _ -> List.of();
      case Machine.Firmware.Uefi _ -> {
        Ovmf ovmf = Ovmf.find();
        Path variables = run.path().resolve("uefi-variables.fd");
        options.add("-drive", flash(0, ovmf.code()) + ",readonly=on");
        options.add("-drive", flash(1, variables));
        yield List.of(new Step.Copy(ovmf.variables(), variables));
      }
      case Machine.Firmware.Image(Path file) -> {
        options.add("-bios", file.toString());
        yield List.of();
      }
    };
  }

  private static String flash(int unit, Path file) {
    return "if=pflash,unit=" + unit + ",format=raw,file=" + QemuOptions.value(file);
  }

  private List<Step> software(Machine machine, Host host, RunFolder run, QemuOptions options) {
    return switch (machine.software()) {
      case Machine.Software.Kernel kernel -> {
        options.software(kernel.image(), kernel.ramdisk(), kernel.commandLine());
        yield List.of();
      }
      case Machine.Software.Multiboot kernel -> {
        boolean uefi = machine.firmware() instanceof Machine.Firmware.Uefi;
        if (uefi || GrubIso.isNeeded(kernel)) {
          GrubIso iso = GrubIso.of(kernel, uefi, machine.kernel(), host, run);
          cdrom(iso.file(), options);
          yield iso.steps();
        }
        DirectMultiboot direct = DirectMultiboot.of(kernel, run);
        direct.addTo(options);
        yield direct.steps();
      }
      case Machine.Software.BootDisk(DiskImage disk) -> {
        options.drive(BOOT, disk, true);
        if (machine.qemu().devices().stream().noneMatch(QemuHypervisor::isBootDevice)) {
          options.add("-device", "ide-hd,drive=" + BOOT + ",bootindex=0");
        }
        yield List.of();
      }
      case Machine.Software.Iso(Path image) -> {
        cdrom(image, options);
        yield List.of();
      }
      case Machine.Software.Efi efi -> efi(efi, run, options);
    };
  }

  /** Whether a spec says itself what its boot disk is attached to. */
  private static boolean isBootDevice(String device) {
    return List.of(device.split(",", -1)).contains("drive=" + BOOT);
  }

  private static void cdrom(Path iso, QemuOptions options) {
    options.add(
        "-drive",
        "if=none,id=boot,media=cdrom,readonly=on,format=raw,file=" + QemuOptions.value(iso));
    options.add("-device", "ide-cd,drive=boot,bootindex=0");
  }

  /**
   * What has load options is started by UEFI's shell, since a disk has no other place for them; a
   * Linux is handed over by QEMU, which takes them along.
   */
  private static List<Step> efi(Machine.Software.Efi efi, RunFolder run, QemuOptions options) {
    if (!efi.commandLine().isEmpty() && KernelFile.isLinux(efi.image())) {
      options.software(efi.image(), Optional.empty(), efi.commandLine());
      return List.of();
    }
    Path disk = run.path().resolve("efi");
    options.add(
        "-blockdev", "driver=vvfat,node-name=boot,read-only=on,dir=" + QemuOptions.value(disk));
    options.add("-device", "virtio-blk-pci,drive=boot,bootindex=0");
    return EfiDisk.of(efi, disk);
  }
}
