package dev.diver.deploy.hypervisor;

/** QEMU's {@code pc}: an i440FX with a BIOS, PCI, IDE and all that kernels know for long. */
public final class QemuPc extends QemuHypervisor {
  public QemuPc() {
    super(PC, "pc");
  }
}
