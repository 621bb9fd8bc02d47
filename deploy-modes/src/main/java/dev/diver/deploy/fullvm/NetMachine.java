package dev.diver.deploy.fullvm;

import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.DiveRequest.Bootable;
import dev.diver.deploy.MachineOverrides;
import dev.diver.deploy.hypervisor.Machine;
import dev.diver.deploy.hypervisor.Machine.Firmware;
import dev.diver.deploy.hypervisor.Machine.Software;
import dev.diver.deploy.hypervisor.QemuOptions;
import dev.diver.deploy.hypervisor.SharedMemory;
import dev.diver.deploy.hypervisor.StreamWords;
import dev.diver.deploy.machine.Step;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.stream.StreamFile;
import dev.diver.deploy.vm.KernelCommandLine;
import dev.diver.deploy.vm.Ramdisk;
import dev.diver.deploy.vm.RequestCheck;
import dev.diver.kernels.image.DiskImage;
import dev.diver.kernels.spec.CpuList;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.AppDelivery;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The machine of a net.
 *
 * @param request that is to be met
 * @param needs of the kernel
 * @param run the dive's folder
 * @param shared where its streams are
 */
record NetMachine(
    DiveRequest request, KernelSpec.ModeNeeds needs, RunFolder run, List<SharedMemory> shared) {

  /** The machine. */
  Machine machine(Optional<String> type) {
    MachineOverrides wanted = request.overrides();
    return new Machine(
        spec().name(),
        software(),
        firmware(),
        new Machine.Processor(
            wanted.cpu().orElse(needs.cpu()),
            needs.cpuFeatures(),
            request.cpus().map(CpuList::count).orElse(1),
            needs.smp()),
        request.memory().orElse(needs.memory()),
        disks(),
        wanted.network(),
        needs.netDevice(),
        boot().console(),
        spec().exit().debugExit(),
        request.debug(),
        new Machine.QemuOnly(
            type,
            QemuOptions.devices(request, needs),
            request.consoles(),
            request.qemuArgs(),
            shared));
  }

  /** What is made before the machine starts, whatever runs it. */
  List<Step> steps() {
    List<Step> steps = new ArrayList<>(run.folders());
    shared.forEach(memory -> steps.add(new StreamFile(memory.file()).make()));
    if (boot().app() == AppDelivery.INITRAMFS) {
      List<Step.Part> parts = new ArrayList<>();
      bootable().initrd().ifPresent(own -> parts.addAll(new Ramdisk().archive(own).parts()));
      parts.addAll(Ramdisk.ofInit(app().orElseThrow()).parts());
      steps.add(new Step.Concatenate(run.ramdisk(), parts));
    }
    return steps;
  }

  /** For Linux the kernel itself supplies argv[0]. */
  List<String> argv() {
    List<String> argv = new ArrayList<>();
    if (boot().app() != AppDelivery.INITRAMFS) {
      argv.add(request.app().map(Path::toString).orElse(spec().name()));
    }
    argv.addAll(request.args());
    return argv;
  }

  private Software software() {
    Path image = request.image();
    return switch (boot().protocol()) {
      case PVH, LINUX -> kernel(image);
      case MULTIBOOT1 -> new Software.Multiboot(1, image, commandLine(), modules());
      case MULTIBOOT2 -> new Software.Multiboot(2, image, commandLine(), modules());
      case DISK -> {
        requireNoWords("a disk");
        yield new Software.BootDisk(DiskImage.ofOthers(image));
      }
      case ISO -> {
        requireNoWords("an ISO");
        yield new Software.Iso(image);
      }
      case EFI -> new Software.Efi(image, hasWords() ? commandLine() : "");
    };
  }

  /** It has one ramdisk: its own, the app, or the archive with the app, which may hold its own. */
  private Software kernel(Path image) {
    List<Path> ramdisks = new ArrayList<>();
    bootable().modules().forEach(module -> ramdisks.add(module.file()));
    if (boot().app() != AppDelivery.INITRAMFS) {
      bootable().initrd().ifPresent(ramdisks::add);
    }
    switch (boot().app()) {
      case INITRD, MODULE -> ramdisks.add(app().orElseThrow());
      case INITRAMFS -> ramdisks.add(run.ramdisk());
      case DISK, NONE -> {}
    }
    if (ramdisks.size() > 1) {
      throw RequestCheck.unsupported(
          spec().name()
              + " is entered by "
              + boot().protocol()
              + " with one initial ramdisk, and there are "
              + ramdisks.size()
              + ".",
          "In its kernel.toml, leave one of [boot] app, initrd and modules.");
    }
    return new Software.Kernel(
        boot().protocol(), image, commandLine(), ramdisks.stream().findFirst());
  }

  private List<Machine.Module> modules() {
    List<Machine.Module> modules = new ArrayList<>();
    bootable()
        .modules()
        .forEach(module -> modules.add(new Machine.Module(module.file(), module.commandLine())));
    bootable().initrd().ifPresent(initrd -> modules.add(new Machine.Module(initrd, "")));
    switch (boot().app()) {
      case INITRD, MODULE -> modules.add(new Machine.Module(app().orElseThrow(), ""));
      case INITRAMFS -> modules.add(new Machine.Module(run.ramdisk(), ""));
      case DISK, NONE -> {}
    }
    return modules;
  }

  /** The app's, the kernel's own, the user's; only these may be written to. */
  private List<Machine.Disk> disks() {
    List<Path> others = new ArrayList<>();
    if (boot().app() == AppDelivery.DISK) {
      others.add(app().orElseThrow());
    }
    others.addAll(bootable().disks());
    List<Machine.Disk> disks = new ArrayList<>();
    others.forEach(disk -> disks.add(new Machine.Disk(DiskImage.ofOthers(disk), true)));
    disks.addAll(Machine.Disk.of(request));
    return disks;
  }

  private Firmware firmware() {
    String named = request.overrides().firmware().orElse(boot().firmware().toString());
    return switch (named) {
      case "uefi" -> new Firmware.Uefi();
      case "bios" -> boot().protocol() == Protocol.EFI ? new Firmware.Uefi() : new Firmware.Usual();
      default -> {
        Path file = Path.of(named);
        if (!Files.isReadable(file)) {
          throw RequestCheck.unreadable("firmware", file, Optional.empty());
        }
        yield new Firmware.Image(file);
      }
    };
  }

  private void requireNoWords(String what) {
    if (!request.args().isEmpty() || !request.env().isEmpty()) {
      throw RequestCheck.unsupported(
          spec().name() + " boots from " + what + ", which takes no arguments and no variables.",
          "Leave them out.");
    }
  }

  /** Whether there is more to say than a name. */
  private boolean hasWords() {
    String fixed = boot().commandLine().replaceAll("\\{(env|args|user-args)}", "").strip();
    return !request.args().isEmpty() || !request.env().isEmpty() || !fixed.isEmpty();
  }

  private String commandLine() {
    return KernelCommandLine.fill(
        boot(), StreamWords.of(request.overrides().streams(), shared), request.env(), argv());
  }

  private Optional<Path> app() {
    return request.app().map(Path::toAbsolutePath);
  }

  private KernelSpec spec() {
    return request.spec();
  }

  private KernelSpec.Boot boot() {
    return spec().boot();
  }

  private Bootable bootable() {
    return request.bootable().orElseThrow();
  }
}
