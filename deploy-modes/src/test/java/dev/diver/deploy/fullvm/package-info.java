@NullMarked
package dev.diver.deploy.fullvm;

import org.jspecify.annotations.NullMarked;
