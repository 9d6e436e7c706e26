"""The national platform (全国工程质量安全监管信息平台): what is asked of it, and its answers."""
