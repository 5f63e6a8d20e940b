# stand-in until the rules are here
from lxml import etree
from schemas.findings import *
class Checker:
    def __init__(self, profile, *, required_slots):
        self.x = etree.XMLSchema(etree.parse(str(profile.schema)))
    def check(self, root):
        if self.x.validate(root): return ()
        e=self.x.error_log[0]
        return (Finding("X01",Severity.ERROR,Words(e.message,e.message),Words("x","x"),"",None,e.line,None,None,None,None,False),)
