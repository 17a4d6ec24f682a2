import math
def run(n):
    bodies=[[0.0,0.0,0.0,0.0,0.0,0.0,39.47],[4.84,-1.16,-0.10,0.60,2.81,-0.02,0.037],[8.34,4.12,-0.4,-1.01,1.81,0.008,0.011],[12.8,-15.1,-0.22,1.08,0.86,-0.01,0.0017],[15.3,-25.9,0.179,0.97,0.59,-0.03,0.002]]
    pairs=[(a,b) for i,a in enumerate(bodies) for b in bodies[i+1:]]
    for _ in range(n):
        for a,b in pairs:
            dx=a[0]-b[0];dy=a[1]-b[1];dz=a[2]-b[2]
            d=dx*dx+dy*dy+dz*dz
            m=0.01/(d*math.sqrt(d))
            am=a[6]*m;bm=b[6]*m
            a[3]-=dx*bm;a[4]-=dy*bm;a[5]-=dz*bm
            b[3]+=dx*am;b[4]+=dy*am;b[5]+=dz*am
        for r in bodies:
            r[0]+=0.01*r[3];r[1]+=0.01*r[4];r[2]+=0.01*r[5]
    return bodies[0][0]
print("%.9f"%run(200000))
